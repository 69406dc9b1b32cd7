//! Values of the standard library, as raw bytes: numbers big-endian, text as UTF-8.

use bytes::Bytes;

use super::StateValue;
use crate::backend::Ttl;
use crate::codec::{CodecError, Compression, Format};

/// The constants that all of them share, and the check of what the envelope says.
macro_rules! raw {
    ($type:ty, $name:expr, $encode:expr, $decode:expr) => {
        impl StateValue for $type {
            const NAME: &'static str = $name;
            const VERSION: u32 = 1;
            const FORMAT: Format = Format::Raw;
            const COMPRESSION: Compression = Compression::Unset;
            const TTL: Option<Ttl> = None;
            const MAX_SIZE: Option<usize> = None;

            #[inline]
            fn encode_payload(&self, out: &mut Vec<u8>) -> Result<(), CodecError> {
                let encode: fn(&Self, &mut Vec<u8>) = $encode;
                encode(self, out);
                Ok(())
            }

            #[inline]
            fn decode_payload(
                version: u32,
                format: Format,
                payload: &[u8],
            ) -> Result<Self, CodecError> {
                if version != Self::VERSION {
                    return Err(CodecError::Version {
                        name: Self::NAME,
                        stored: version,
                        known: Self::VERSION,
                    });
                }
                let decode: fn(&[u8]) -> Option<Self> = $decode;
                match format {
                    Format::Raw => decode(payload),
                    _ => None,
                }
                .ok_or(CodecError::Payload(
                    concat!("not the bytes of a ", $name).into(),
                ))
            }
        }
    };
}

macro_rules! numbers {
    ($($type:ident)*) => {$(
        raw!(
            $type,
            stringify!($type),
            |number, out| out.extend_from_slice(&number.to_be_bytes()),
            |payload| payload.try_into().ok().map(Self::from_be_bytes)
        );
    )*};
}

raw!(
    String,
    "string",
    |text, out| out.extend_from_slice(text.as_bytes()),
    |payload| std::str::from_utf8(payload).ok().map(Self::from)
);
raw!(
    Vec<u8>,
    "bytes",
    |bytes, out| out.extend_from_slice(bytes),
    |payload| Some(payload.to_vec())
);
raw!(
    Bytes,
    "bytes",
    |bytes, out| out.extend_from_slice(bytes),
    |payload| Some(Self::copy_from_slice(payload))
);
raw!(
    bool,
    "bool",
    |truth, out| out.push(u8::from(*truth)),
    |payload| match payload {
        [0] => Some(false),
        [1] => Some(true),
        _ => None,
    }
);
raw!((), "unit", |(), _| (), |payload| payload
    .is_empty()
    .then_some(()));
numbers!(u8 u16 u32 u64 u128 i8 i16 i32 i64 i128 f32 f64);

/// JSON of any shape, for data whose shape is not known before.
#[cfg(feature = "json")]
impl StateValue for serde_json::Value {
    const NAME: &'static str = "json";
    const VERSION: u32 = 1;
    const FORMAT: Format = Format::Json;
    const COMPRESSION: Compression = Compression::Unset;
    const TTL: Option<Ttl> = None;
    const MAX_SIZE: Option<usize> = None;

    fn encode_payload(&self, out: &mut Vec<u8>) -> Result<(), CodecError> {
        crate::codec::encode_serde(Self::FORMAT, self, out)
    }

    fn decode_payload(version: u32, format: Format, payload: &[u8]) -> Result<Self, CodecError> {
        if version != Self::VERSION {
            return Err(CodecError::Version {
                name: Self::NAME,
                stored: version,
                known: Self::VERSION,
            });
        }
        crate::codec::decode_serde(format, payload)
    }
}
