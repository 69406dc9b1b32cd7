use rmp_serde::config::StructMapConfig;
use rmp_serde::decode::ReadRefReader;
use rmp_serde::{Deserializer, Serializer, decode, encode};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::codec::CodecError;
use crate::codec::redact::redact;
use crate::codec::strict::{self, Pass, Rules};

struct MessagePack;

impl Rules for MessagePack {
    const NESTED_NONE_IS_LOST: bool = true;
    const UNIT_STRUCT_IS_NONE: bool = false;
    const FINITE: bool = false;
    const POSITIONAL: bool = false;
}

#[inline]
pub(super) fn encode<T: Serialize>(value: &T, out: &mut Vec<u8>) -> Result<(), CodecError> {
    let pass = Pass::default();
    let mut serializer: Serializer<_, StructMapConfig<_>> = Serializer::new(out).with_struct_map();
    strict::serialize::<MessagePack, _, _>(value, &mut serializer, &pass)
        .map_err(|error| unwritable(&pass, &error))
}

pub(super) fn decode<T: DeserializeOwned>(payload: &[u8]) -> Result<T, CodecError> {
    let pass = Pass::over(payload.len());
    let mut deserializer = Deserializer::from_read_ref(payload);
    let read = strict::deserialize(&mut deserializer, &pass);
    let whole = at_end(&mut deserializer);
    // One match, since each step that takes the value and hands it on copies it.
    match read {
        Ok(value) if whole => Ok(value),
        Ok(_) => Err(CodecError::payload(
            "bytes follow the end of the MessagePack",
        )),
        Err(error) => Err(unreadable(&pass, &error)),
    }
}

/// The deserializer does not say where it is, but at the end there is no marker to read.
#[inline]
fn at_end(deserializer: &mut Deserializer<ReadRefReader<'_, [u8]>>) -> bool {
    matches!(
        <()>::deserialize(deserializer),
        Err(decode::Error::InvalidMarkerRead(_))
    )
}

#[cold]
fn unwritable(pass: &Pass, error: &encode::Error) -> CodecError {
    let reason = pass.reason().unwrap_or(match error {
        encode::Error::UnknownLength => "it has a sequence of unknown length",
        encode::Error::InvalidDataModel(reason) => reason,
        encode::Error::InvalidValueWrite(_) => "there is no memory for it",
        _ => "its type refuses it",
    });
    CodecError::payload(format!("MessagePack cannot express it: {reason}"))
}

#[cold]
fn unreadable(pass: &Pass, error: &decode::Error) -> CodecError {
    let reason = match (pass.reason(), error) {
        (Some(reason), _) => reason.to_owned(),
        (_, decode::Error::Syntax(message)) => redact(message),
        (_, decode::Error::InvalidMarkerRead(_) | decode::Error::InvalidDataRead(_)) => {
            "it is cut off".to_owned()
        }
        (_, decode::Error::TypeMismatch(_)) => "something of another type stands there".to_owned(),
        (_, decode::Error::OutOfRange) => "a number is out of range".to_owned(),
        (_, decode::Error::LengthMismatch(_)) => "an enum is not one variant".to_owned(),
        (_, decode::Error::Utf8Error(_)) => "a string is not UTF-8".to_owned(),
        (_, _) => "it does not fit its type".to_owned(),
    };
    CodecError::payload(format!("damaged or foreign MessagePack: {reason}"))
}
