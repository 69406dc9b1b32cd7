//! How states are stored: raw bytes, big-endian.

use std::cmp::Ordering;

use crate::key::{KeyField, KeyReader, KeyWriter};

/// Bytes of a state's own.
pub(super) trait Stored: Sized {
    fn write(&self, out: &mut Vec<u8>);

    /// `None` where they are not what [`write`](Self::write) writes.
    fn read(payload: &[u8]) -> Option<Self>;
}

/// `StateValue` for what is [`Stored`].
macro_rules! state_value {
    (impl [$($generics:tt)*] $type:ty, $name:literal) => {
        impl<$($generics)*> crate::value::StateValue for $type {
            const NAME: &'static str = $name;
            const VERSION: u32 = 1;
            const FORMAT: crate::codec::Format = crate::codec::Format::Raw;
            const COMPRESSION: crate::codec::Compression = crate::codec::Compression::Unset;
            const TTL: Option<crate::backend::Ttl> = None;
            const MAX_SIZE: Option<usize> = None;

            fn encode_payload(&self, out: &mut Vec<u8>) -> Result<(), crate::codec::CodecError> {
                crate::primitive::aggregates::stored::Stored::write(self, out);
                Ok(())
            }

            fn decode_payload(
                version: u32,
                format: crate::codec::Format,
                payload: &[u8],
            ) -> Result<Self, crate::codec::CodecError> {
                if version != Self::VERSION {
                    return Err(crate::codec::CodecError::Version {
                        name: Self::NAME,
                        stored: version,
                        known: Self::VERSION,
                    });
                }
                match format {
                    crate::codec::Format::Raw => {
                        crate::primitive::aggregates::stored::Stored::read(payload)
                    }
                    _ => None,
                }
                .ok_or(crate::codec::CodecError::Payload(
                    concat!("not the bytes of a ", $name).into(),
                ))
            }
        }
    };
    ($type:ty, $name:literal) => {
        state_value!(impl [] $type, $name);
    };
}

pub(super) use state_value;

/// How fields are ordered.
pub(super) fn compare<T: KeyField>(a: &T, b: &T) -> Ordering {
    a.as_key_ref().cmp(&b.as_key_ref())
}

/// Another of the same value.
pub(super) fn copy<T: KeyField>(field: &T) -> T {
    T::from_key_ref(field.as_key_ref())
}

/// The bytes of fields one after the other: each delimits itself.
pub(super) fn write_fields<'a, T: KeyField>(
    fields: impl IntoIterator<Item = &'a T>,
    out: &mut Vec<u8>,
) {
    let mut writer = KeyWriter::new();
    for field in fields {
        T::encode_field(field.as_key_ref(), &mut writer);
    }
    out.extend_from_slice(writer.as_bytes());
}

/// The fields that [`write_fields`] wrote. Those of a type whose values have no bytes are not told apart, so it gives none.
pub(super) fn read_fields<T: KeyField>(payload: &[u8]) -> Option<Vec<T>> {
    let mut reader = KeyReader::new(payload);
    let mut fields = Vec::new();
    while reader.position() < payload.len() {
        fields.push(T::decode_field(&mut reader).ok()?);
    }
    Some(fields)
}

/// The numbers at the start of the bytes, and what follows them.
pub(super) fn read_f64(bytes: &[u8]) -> Option<(f64, &[u8])> {
    let (number, rest) = bytes.split_first_chunk()?;
    Some((f64::from_be_bytes(*number), rest))
}

/// As [`read_f64`].
pub(super) fn read_u64(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (number, rest) = bytes.split_first_chunk()?;
    Some((u64::from_be_bytes(*number), rest))
}
