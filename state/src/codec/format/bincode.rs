use bincode::config::{self, Configuration};
use bincode::enc::write::Writer;
use bincode::error::EncodeError;
use bincode::serde::{decode_from_slice, encode_into_writer};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::codec::CodecError;

const CONFIG: Configuration = config::standard();

struct End<'a>(&'a mut Vec<u8>);

impl Writer for End<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<(), EncodeError> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }
}

pub(super) fn encode<T: Serialize>(value: &T, out: &mut Vec<u8>) -> Result<(), CodecError> {
    encode_into_writer(value, End(out), CONFIG)
        .map_err(|error| CodecError::payload(format!("bincode cannot express it: {error}")))
}

pub(super) fn decode<T: DeserializeOwned>(payload: &[u8]) -> Result<T, CodecError> {
    let (value, read) = decode_from_slice(payload, CONFIG)
        .map_err(|error| CodecError::payload(format!("damaged or foreign bincode: {error}")))?;
    if read == payload.len() {
        Ok(value)
    } else {
        Err(CodecError::payload("bytes follow the end of the bincode"))
    }
}
