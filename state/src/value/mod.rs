//! Typed values: a stored name, a schema version, and how they become bytes.

mod builtin;
mod counter;
mod single;
mod state;

pub use self::counter::{Counter, CounterValue};
pub use self::single::SingleValue;
pub use self::state::State;

use crate::backend::Ttl;
use crate::codec::{CodecError, Compression, Format};

/// A type that can be stored under a key.
///
/// Derive it on a type that serde can serialize. Old versions are read through the chain of `from`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a value of state",
    label = "not a value",
    note = "add `#[derive(Serialize, Deserialize, StateValue)]` and `#[state(name = \"…\")]` to it"
)]
pub trait StateValue: Sized + Send + Sync + 'static {
    /// The stored name of this value type; it must not change when the Rust type is renamed.
    const NAME: &'static str;

    /// The schema version, from 1.
    const VERSION: u32;

    /// The format that new values are written in.
    const FORMAT: Format;

    /// The compression of new values whose payload reaches the threshold.
    const COMPRESSION: Compression;

    /// The time to live of new values, unless the write or the store says otherwise.
    const TTL: Option<Ttl>;

    /// The limit of the decoded payload in bytes, where it is lower or higher than the store's.
    const MAX_SIZE: Option<usize>;

    /// Writes the payload in [`FORMAT`](Self::FORMAT) at the end of `out`.
    ///
    /// # Errors
    /// Where the format cannot express the value.
    fn encode_payload(&self, out: &mut Vec<u8>) -> Result<(), CodecError>;

    /// Reads a payload that was written at `version` in `format`; older versions go through the chain.
    ///
    /// # Errors
    /// Where the bytes are not of the type, hold more than it, or are of a version it does not know.
    fn decode_payload(version: u32, format: Format, payload: &[u8]) -> Result<Self, CodecError>;
}
