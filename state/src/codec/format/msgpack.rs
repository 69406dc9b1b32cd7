use rmp_serde::{Deserializer, encode};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::codec::CodecError;

pub(super) fn encode<T: Serialize>(value: &T, out: &mut Vec<u8>) -> Result<(), CodecError> {
    encode::write_named(out, value)
        .map_err(|error| CodecError::payload(format!("MessagePack cannot express it: {error}")))
}

pub(super) fn decode<T: DeserializeOwned>(payload: &[u8]) -> Result<T, CodecError> {
    let mut rest = payload;
    let value = T::deserialize(&mut Deserializer::new(&mut rest))
        .map_err(|error| CodecError::payload(format!("damaged or foreign MessagePack: {error}")))?;
    if rest.is_empty() {
        Ok(value)
    } else {
        Err(CodecError::payload(
            "bytes follow the end of the MessagePack",
        ))
    }
}
