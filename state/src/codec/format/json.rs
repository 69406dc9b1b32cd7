use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::codec::CodecError;

pub(super) fn encode<T: Serialize>(value: &T, out: &mut Vec<u8>) -> Result<(), CodecError> {
    serde_json::to_writer(out, value)
        .map_err(|error| CodecError::payload(format!("JSON cannot express it: {error}")))
}

pub(super) fn decode<T: DeserializeOwned>(payload: &[u8]) -> Result<T, CodecError> {
    serde_json::from_slice(payload)
        .map_err(|error| CodecError::payload(format!("damaged or foreign JSON: {error}")))
}
