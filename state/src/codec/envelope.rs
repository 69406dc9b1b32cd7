use bytes::Bytes;

use super::CodecError;
use crate::value::StateValue;

/// The envelope and payload of `value`, whose payload may have `limit` bytes.
pub fn encode_value<V: StateValue>(value: &V, limit: usize) -> Result<Bytes, CodecError> {
    todo!()
}

/// The value in `bytes`, whose payload may have `limit` bytes; the limit is checked before it allocates.
pub fn decode_value<V: StateValue>(bytes: &[u8], limit: usize) -> Result<V, CodecError> {
    todo!()
}
