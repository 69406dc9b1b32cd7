use serde::Serialize;
use serde::de::DeserializeOwned;

use super::CodecError;

/// How a payload is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// MessagePack with named fields: misreads nothing when a type changes. The default.
    MessagePack,
    /// JSON: for people and other languages.
    Json,
    /// bincode 2: positional and small, for hot types; a changed type needs a new version.
    Bincode,
    /// Bytes as they are.
    Raw,
}

/// Writes `value` in `format` at the end of `out`.
pub fn encode_serde<T: Serialize>(
    format: Format,
    value: &T,
    out: &mut Vec<u8>,
) -> Result<(), CodecError> {
    todo!()
}

/// Reads a value from all of `payload`.
pub fn decode_serde<T: DeserializeOwned>(format: Format, payload: &[u8]) -> Result<T, CodecError> {
    todo!()
}
