//! What the server answers, taken apart without trust.

use ::redis::Value;
use bytes::Bytes;

use crate::error::{Error, ErrorKind, Result};

/// A string, or nothing.
pub(super) fn bytes(value: Value) -> Result<Option<Bytes>> {
    match value {
        Value::BulkString(bytes) => Ok(Some(Bytes::from(bytes))),
        Value::SimpleString(text) => Ok(Some(Bytes::from(text))),
        Value::Nil | Value::Boolean(false) => Ok(None),
        _ => Err(unexpected("a string")),
    }
}

pub(super) fn integer(value: &Value) -> Result<i64> {
    match value {
        Value::Int(number) => Ok(*number),
        _ => Err(unexpected("a number")),
    }
}

/// A list, of `len` values where it is given.
pub(super) fn array(value: Value, len: Option<usize>) -> Result<Vec<Value>> {
    match value {
        Value::Array(values) | Value::Set(values) if len.is_none_or(|len| values.len() == len) => {
            Ok(values)
        }
        _ => Err(unexpected("a list of another length or kind")),
    }
}

pub(super) fn unexpected(wanted: &str) -> Error {
    Error::new(
        ErrorKind::Backend,
        format!(
            "the server's answer is not what the command gives, {wanted}; is it a Redis of version 7 or later?"
        ),
    )
}
