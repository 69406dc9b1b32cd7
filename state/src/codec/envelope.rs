use std::borrow::Cow;

use bytes::Bytes;

use super::compress::{Compression, Compressor};
use super::{CodecError, Format, varint};
use crate::value::StateValue;

/// The only layout there is; it stands in the two highest bits of the first byte.
const LAYOUT: u8 = 0;

/// What most values need: the longest header, and a payload that then grows at most once or twice.
const CAPACITY: usize = 128;

/// The envelope and payload of `value`, whose payload may have `limit` bytes.
///
/// # Errors
/// Where the payload is larger than `limit`, the format cannot express the value, or the type's format or
/// compression is not compiled in.
#[inline]
pub fn encode_value<V: StateValue>(value: &V, limit: usize) -> Result<Bytes, CodecError> {
    encode_value_as(value, limit, V::COMPRESSION).map(|encoded| encoded.bytes)
}

/// A value as it is stored.
pub(crate) struct Encoded {
    pub(crate) bytes: Bytes,
    /// How many bytes it would have without compression, where that was tried.
    #[cfg_attr(not(feature = "metrics"), allow(dead_code, reason = "metrics ask"))]
    pub(crate) raw: Option<usize>,
}

/// The same, compressed so.
#[inline]
pub(crate) fn encode_value_as<V: StateValue>(
    value: &V,
    limit: usize,
    compression: Compression,
) -> Result<Encoded, CodecError> {
    const { assert!(V::VERSION > 0, "schema versions count from 1") };
    let mut out = Vec::with_capacity(CAPACITY);
    write_header(V::FORMAT, None, V::VERSION, &mut out);
    let header = out.len();
    value.encode_payload(&mut out)?;

    let payload = out.get(header..).unwrap_or_default();
    within(payload.len(), limit)?;
    let raw = match compression {
        Compression::From {
            compressor,
            threshold,
        } if payload.len() >= threshold => {
            if let Some(smaller) = compress(V::FORMAT, compressor, V::VERSION, payload)? {
                let raw = Some(out.len());
                let bytes = smaller.into();
                return Ok(Encoded { bytes, raw });
            }
            Some(out.len())
        }
        _ => None,
    };
    let bytes = out.into();
    Ok(Encoded { bytes, raw })
}

/// The value in `bytes`, whose payload may have `limit` bytes; the limit is checked before it allocates.
///
/// # Errors
/// Where the bytes are damaged or foreign, of a version that `V` does not know, larger than `limit`, or need a format
/// or compression that is not compiled in.
#[inline]
pub fn decode_value<V: StateValue>(bytes: &[u8], limit: usize) -> Result<V, CodecError> {
    // Most values: nothing to decompress, and a version of one byte.
    if let [first, version @ 1..0x80, payload @ ..] = bytes
        && let (LAYOUT, Some(format), Some(None)) = parts(*first)
    {
        within(payload.len(), limit)?;
        return V::decode_payload((*version).into(), format, payload);
    }
    let envelope = Envelope::read(bytes)?;
    let payload = envelope.payload(limit)?;
    V::decode_payload(envelope.version, envelope.format, &payload)
}

/// What stands before a payload: readable without knowing the value's type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Envelope<'a> {
    format: Format,
    version: u32,
    body: Body<'a>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Body<'a> {
    Raw(&'a [u8]),
    Compressed {
        with: Compressor,
        bytes: &'a [u8],
        decoded: usize,
    },
}

impl<'a> Envelope<'a> {
    /// Reads the envelope of a stored value; the payload is not looked at.
    ///
    /// # Errors
    /// Where the bytes do not start with an envelope of a known layout.
    pub fn read(bytes: &'a [u8]) -> Result<Self, CodecError> {
        let Some((&first, rest)) = bytes.split_first() else {
            return Err(CodecError::Payload(Cow::Borrowed("no bytes at all")));
        };
        let (LAYOUT, Some(format), Some(compressor)) = parts(first) else {
            return Err(unknown(first));
        };
        let Some((version, body)) = varint::read(rest) else {
            return Err(CodecError::Payload(Cow::Borrowed("a damaged version")));
        };
        let version @ 1.. = u32::try_from(version).unwrap_or(0) else {
            return Err(CodecError::Payload(Cow::Borrowed("a version out of range")));
        };
        let body = match compressor {
            None => Body::Raw(body),
            Some(with) => {
                let Some((decoded, bytes)) = varint::read(body) else {
                    return Err(CodecError::Payload(Cow::Borrowed(
                        "a damaged decoded length",
                    )));
                };
                // A length that the machine cannot address is larger than any limit.
                let decoded = usize::try_from(decoded).unwrap_or(usize::MAX);
                Body::Compressed {
                    with,
                    bytes,
                    decoded,
                }
            }
        };
        Ok(Self {
            format,
            version,
            body,
        })
    }

    /// The format of the payload.
    pub const fn format(&self) -> Format {
        self.format
    }

    /// What the payload is compressed with.
    pub const fn compressor(&self) -> Option<Compressor> {
        match self.body {
            Body::Raw(_) => None,
            Body::Compressed { with, .. } => Some(with),
        }
    }

    /// The schema version that the payload was written at.
    pub const fn version(&self) -> u32 {
        self.version
    }

    /// The bytes of the payload when it is not compressed, as the envelope claims.
    #[inline]
    pub const fn decoded_len(&self) -> usize {
        match self.body {
            Body::Raw(bytes) => bytes.len(),
            Body::Compressed { decoded, .. } => decoded,
        }
    }

    /// The payload, decompressed where it must be; the limit is checked before it allocates.
    ///
    /// # Errors
    /// Where the payload is larger than `limit`, its compressor is not compiled in, or its bytes are damaged.
    pub fn payload(&self, limit: usize) -> Result<Cow<'a, [u8]>, CodecError> {
        within(self.decoded_len(), limit)?;
        match self.body {
            Body::Raw(bytes) => Ok(Cow::Borrowed(bytes)),
            Body::Compressed {
                with,
                bytes,
                decoded,
            } => with.decompress(bytes, decoded).map(Cow::Owned),
        }
    }
}

/// The header and compressed payload; `None` where that is not smaller than the payload as it is.
fn compress(
    format: Format,
    compressor: Compressor,
    version: u32,
    payload: &[u8],
) -> Result<Option<Vec<u8>>, CodecError> {
    let mut out = Vec::new();
    write_header(format, Some(compressor), version, &mut out);
    let decoded = payload.len() as u64;
    varint::write(decoded, &mut out);
    let room = payload.len().saturating_sub(varint::len(decoded) + 1);
    Ok(compressor.compress(payload, room, &mut out)?.then_some(out))
}

#[inline]
fn write_header(format: Format, compressor: Option<Compressor>, version: u32, out: &mut Vec<u8>) {
    out.push(LAYOUT << 6 | format.bits() << 3 | compressor.map_or(0, Compressor::bits));
    varint::write(version.into(), out);
}

/// The layout, the format and the compression in a first byte, where they are known.
#[inline]
#[allow(clippy::option_option, reason = "no compression is known too")]
const fn parts(first: u8) -> (u8, Option<Format>, Option<Option<Compressor>>) {
    (
        first >> 6,
        Format::from_bits(first >> 3 & 0b111),
        Compressor::from_bits(first & 0b111),
    )
}

/// What is wrong with a first byte.
#[cold]
fn unknown(first: u8) -> CodecError {
    let what = match parts(first) {
        (LAYOUT, None, _) => "format",
        (LAYOUT, _, _) => "compression",
        _ => "layout",
    };
    CodecError::Payload(Cow::Owned(format!(
        "the first byte is {first:#04x}, and this program knows no such {what}; is it an older one?"
    )))
}

#[inline]
fn within(size: usize, limit: usize) -> Result<(), CodecError> {
    if size > limit {
        Err(CodecError::TooLarge { size, limit })
    } else {
        Ok(())
    }
}
