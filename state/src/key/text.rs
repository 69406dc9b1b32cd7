use std::fmt;

use bytes::Bytes;

use super::{KeyError, KeyField, KeyReader, KeyWriter, Sampler};
use crate::backend::Escaped;

/// Escaped UTF-8, whose order is that of strings.
impl KeyField for String {
    type Ref<'a> = &'a str;

    #[inline]
    fn as_key_ref(&self) -> &str {
        self
    }

    fn from_key_ref(borrowed: &str) -> Self {
        borrowed.to_owned()
    }

    #[inline]
    fn encode_field(borrowed: &str, writer: &mut KeyWriter) {
        writer.write_escaped(borrowed.as_bytes());
    }

    #[inline]
    fn decode_field(reader: &mut KeyReader<'_>) -> Result<Self, KeyError> {
        let at = reader.clone();
        let bytes = reader.read_escaped("a string ended by `00 01`")?;
        Self::from_utf8(bytes).map_err(|_| at.error("a string of UTF-8"))
    }

    fn fmt_field(borrowed: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", borrowed.escape_default())
    }

    fn sample_field(sampler: &mut Sampler<'_>) -> Self {
        let length = sampler.choose(6);
        (0..length).map(|_| char::sample_field(sampler)).collect()
    }
}

/// Escaped bytes.
impl KeyField for Vec<u8> {
    type Ref<'a> = &'a [u8];

    #[inline]
    fn as_key_ref(&self) -> &[u8] {
        self
    }

    fn from_key_ref(borrowed: &[u8]) -> Self {
        borrowed.to_owned()
    }

    #[inline]
    fn encode_field(borrowed: &[u8], writer: &mut KeyWriter) {
        writer.write_escaped(borrowed);
    }

    #[inline]
    fn decode_field(reader: &mut KeyReader<'_>) -> Result<Self, KeyError> {
        reader.read_escaped("bytes ended by `00 01`")
    }

    fn fmt_field(borrowed: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Escaped(borrowed))
    }

    fn sample_field(sampler: &mut Sampler<'_>) -> Self {
        const EDGES: [u8; 4] = [0x00, 0x01, 0xFE, 0xFF];
        let length = sampler.choose(6);
        (0..length)
            .map(|_| {
                EDGES
                    .get(sampler.choose(6))
                    .copied()
                    .unwrap_or_else(|| sampler.byte())
            })
            .collect()
    }
}

/// As `Vec<u8>`.
impl KeyField for Bytes {
    type Ref<'a> = &'a [u8];

    fn as_key_ref(&self) -> &[u8] {
        self
    }

    fn from_key_ref(borrowed: &[u8]) -> Self {
        Self::copy_from_slice(borrowed)
    }

    fn encode_field(borrowed: &[u8], writer: &mut KeyWriter) {
        writer.write_escaped(borrowed);
    }

    fn decode_field(reader: &mut KeyReader<'_>) -> Result<Self, KeyError> {
        Vec::decode_field(reader).map(Self::from)
    }

    fn fmt_field(borrowed: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Vec::fmt_field(borrowed, f)
    }

    fn sample_field(sampler: &mut Sampler<'_>) -> Self {
        Vec::sample_field(sampler).into()
    }
}
