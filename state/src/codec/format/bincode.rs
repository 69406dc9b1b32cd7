use bincode::config::{self, Configuration};
use bincode::de::DecoderImpl;
use bincode::de::read::SliceReader;
use bincode::enc::write::Writer;
use bincode::error::{DecodeError, EncodeError};
use bincode::serde::{BorrowedSerdeDecoder, encode_into_writer};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize, Serializer};

use crate::codec::CodecError;
use crate::codec::redact::redact;
use crate::codec::strict::{self, Pass, Rules};

/// No limit of bincode's own: it has to be a constant, and `strict` holds everything to the bytes there are.
const CONFIG: Configuration = config::standard();

struct Bincode;

impl Rules for Bincode {
    const NESTED_NONE_IS_LOST: bool = false;
    const UNIT_STRUCT_IS_NONE: bool = false;
    const FINITE: bool = false;
    const POSITIONAL: bool = true;
}

#[inline]
pub(super) fn encode<T: Serialize>(value: &T, out: &mut Vec<u8>) -> Result<(), CodecError> {
    let pass = Pass::default();
    let start = out.len();
    encode_into_writer(Written { value, pass: &pass }, End(out), CONFIG)
        .map_err(|error| unwritable(&pass, &error))?;
    pass.check_written(out.len() - start)
        .map_err(|reason| CodecError::payload(format!("bincode cannot express it: {reason}")))
}

pub(super) fn decode<T: DeserializeOwned>(payload: &[u8]) -> Result<T, CodecError> {
    let pass = Pass::over(payload.len());
    let mut decoder = Decoder::from_slice(payload, CONFIG, ());
    let read = strict::deserialize(decoder.as_deserializer(), &pass);
    let whole = at_end(&mut decoder);
    // One match, since each step that takes the value and hands it on copies it.
    match read {
        Ok(value) if whole => Ok(value),
        Ok(_) => Err(CodecError::payload("bytes follow the end of the bincode")),
        Err(error) => Err(unreadable(&pass, &error)),
    }
}

type Decoder<'a> = BorrowedSerdeDecoder<'a, DecoderImpl<SliceReader<'a>, Configuration, ()>>;

/// The decoder does not say where it is, but at the end there is no byte to read.
#[inline]
fn at_end(decoder: &mut Decoder<'_>) -> bool {
    matches!(
        u8::deserialize(decoder.as_deserializer()),
        Err(DecodeError::UnexpectedEnd { .. })
    )
}

/// The end of a buffer.
struct End<'a>(&'a mut Vec<u8>);

impl Writer for End<'_> {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> Result<(), EncodeError> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }
}

/// bincode hands out its serializer only to what it serializes.
struct Written<'a, T> {
    value: &'a T,
    pass: &'a Pass,
}

impl<T: Serialize> Serialize for Written<'_, T> {
    #[inline]
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        strict::serialize::<Bincode, _, _>(self.value, serializer, self.pass)
    }
}

#[cold]
fn unwritable(pass: &Pass, error: &EncodeError) -> CodecError {
    let reason = pass.reason().unwrap_or(match error {
        EncodeError::Serde(_) => {
            "it has a sequence or map whose length is not known before, such as `flatten`"
        }
        _ => "its type refuses it",
    });
    CodecError::payload(format!("bincode cannot express it: {reason}"))
}

#[cold]
fn unreadable(pass: &Pass, error: &DecodeError) -> CodecError {
    let reason = match (pass.reason(), error) {
        (Some(reason), _) => reason.to_owned(),
        (_, DecodeError::OtherString(message)) => redact(message),
        (_, DecodeError::UnexpectedEnd { .. }) => "it is cut off".to_owned(),
        (_, DecodeError::Utf8 { .. }) => "a string is not UTF-8".to_owned(),
        (_, DecodeError::Serde(_)) => {
            "its type asks what stands there, and bincode does not say; use a format with names"
                .to_owned()
        }
        (_, _) => "bytes that bincode does not write".to_owned(),
    };
    CodecError::payload(format!("damaged or foreign bincode: {reason}"))
}
