use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use serde_json::{Deserializer, Error, Serializer};

use crate::codec::CodecError;
use crate::codec::redact::redact;
use crate::codec::strict::{self, Pass, Rules};

struct Json;

impl Rules for Json {
    const NESTED_NONE_IS_LOST: bool = true;
    const UNIT_STRUCT_IS_NONE: bool = true;
    const FINITE: bool = true;
    const POSITIONAL: bool = false;
}

#[inline]
pub(super) fn encode<T: Serialize>(value: &T, out: &mut Vec<u8>) -> Result<(), CodecError> {
    let pass = Pass::default();
    strict::serialize::<Json, _, _>(value, &mut Serializer::new(out), &pass)
        .map_err(|error| unwritable(&pass, &error))
}

pub(super) fn decode<T: DeserializeOwned>(payload: &[u8]) -> Result<T, CodecError> {
    let pass = Pass::over(payload.len());
    let mut deserializer = Deserializer::from_slice(payload);
    match strict::deserialize(&mut deserializer, &pass) {
        Ok(value) => match deserializer.end() {
            Ok(()) => Ok(value),
            Err(error) => Err(unreadable(&pass, &error)),
        },
        Err(error) => Err(unreadable(&pass, &error)),
    }
}

#[cold]
fn unwritable(pass: &Pass, error: &Error) -> CodecError {
    let reason = match (pass.reason(), error.classify()) {
        (Some(reason), _) => reason.to_owned(),
        (None, Category::Data) => "its type refuses it".to_owned(),
        (None, _) => error.to_string(),
    };
    CodecError::payload(format!("JSON cannot express it: {reason}"))
}

#[cold]
fn unreadable(pass: &Pass, error: &Error) -> CodecError {
    let message = error.to_string();
    let reason = match (pass.reason(), error.classify()) {
        (Some(reason), _) => reason.to_owned(),
        (None, Category::Data) => {
            let place = format!(" at line {} column {}", error.line(), error.column());
            format!(
                "{}{place}",
                redact(message.strip_suffix(&place).unwrap_or(&message))
            )
        }
        (None, _) => message,
    };
    CodecError::payload(format!("damaged or foreign JSON: {reason}"))
}
