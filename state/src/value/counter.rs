use super::StateValue;
use crate::backend::Ttl;
use crate::codec::{CodecError, Compression, Format};

/// The value of a counter key: an `i64` that the store adds to, exactly and atomically.
///
/// A key type with `value = Counter` is counted with [`Store::counter`](crate::Store::counter).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Counter(pub i64);

/// The value of a key that counts: [`Counter`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a counter",
    label = "the value of this key type is `{Self}`",
    note = "write `value = Counter` in the `#[state(…)]` of the key type, or change its value with \
            `store.update(&key, …)`"
)]
pub trait CounterValue: StateValue {}

impl CounterValue for Counter {}

impl StateValue for Counter {
    const NAME: &'static str = "counter";
    const VERSION: u32 = 1;
    const FORMAT: Format = Format::Raw;
    const COMPRESSION: Compression = Compression::None;
    const TTL: Option<Ttl> = None;
    const MAX_SIZE: Option<usize> = None;

    fn encode_payload(&self, out: &mut Vec<u8>) -> Result<(), CodecError> {
        out.extend_from_slice(&self.0.to_be_bytes());
        Ok(())
    }

    fn decode_payload(version: u32, format: Format, payload: &[u8]) -> Result<Self, CodecError> {
        if version != Self::VERSION {
            return Err(CodecError::Version {
                name: Self::NAME,
                stored: version,
                known: Self::VERSION,
            });
        }
        match (format, <[u8; 8]>::try_from(payload)) {
            (Format::Raw, Ok(bytes)) => Ok(Self(i64::from_be_bytes(bytes))),
            _ => Err(CodecError::Payload("a counter is 8 raw bytes".into())),
        }
    }
}
