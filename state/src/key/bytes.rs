use std::fmt;

use bytes::Bytes;

use super::{KeyError, KeyField, KeyReader, KeyWriter, Sampler};
use crate::backend::Escaped;

/// Escaped and ended.
macro_rules! bytes {
    ($type:ty, $copy:expr) => {
        impl KeyField for $type {
            type Ref<'a> = &'a [u8];

            #[inline]
            fn as_key_ref(&self) -> &[u8] {
                self
            }

            #[inline]
            fn from_key_ref(borrowed: &[u8]) -> Self {
                $copy(borrowed)
            }

            #[inline]
            fn encode_field(borrowed: &[u8], writer: &mut KeyWriter) {
                writer.write_escaped(borrowed);
            }

            #[inline]
            fn decode_field(reader: &mut KeyReader<'_>) -> Result<Self, KeyError> {
                reader.read_escaped("the end of bytes").map(Self::from)
            }

            fn fmt_field(borrowed: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let mut parts = borrowed.split(|&byte| byte == b'/');
                if let Some(first) = parts.next() {
                    fmt::Display::fmt(&Escaped(first), f)?;
                }
                parts.try_for_each(|part| write!(f, "\\/{}", Escaped(part)))
            }

            fn sample_field(sampler: &mut Sampler<'_>) -> Self {
                Self::from(sampler.bytes())
            }
        }
    };
}

bytes!(Vec<u8>, <[u8]>::to_vec);
bytes!(Bytes, Bytes::copy_from_slice);
