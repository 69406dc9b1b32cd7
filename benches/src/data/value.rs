//! What the derive writes for a value without options but its format.

macro_rules! value {
    ($type:ident, $name:literal, $format:expr) => {
        impl StateValue for $type {
            const NAME: &'static str = $name;
            const VERSION: u32 = 1;
            const FORMAT: Format = $format;
            const COMPRESSION: Compression = Compression::None;
            const TTL: Option<Ttl> = None;
            const MAX_SIZE: Option<usize> = None;

            fn encode_payload(&self, out: &mut Vec<u8>) -> Result<(), CodecError> {
                encode_serde(Self::FORMAT, self, out)
            }

            fn decode_payload(
                version: u32,
                format: Format,
                payload: &[u8],
            ) -> Result<Self, CodecError> {
                match version {
                    1 => decode_serde(format, payload),
                    stored => Err(CodecError::Version {
                        name: $name,
                        stored,
                        known: 1,
                    }),
                }
            }
        }
    };
}

pub(crate) use value;
