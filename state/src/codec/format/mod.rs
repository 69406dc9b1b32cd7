//! Formats behind one face: from a serde type to the end of a buffer, and back from all of a slice.

#[cfg(feature = "bincode")]
mod bincode;
#[cfg(feature = "json")]
mod json;
#[cfg(feature = "msgpack")]
mod msgpack;

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

impl Format {
    /// Its name; but for `raw`, also the feature that compiles it in.
    pub const fn name(self) -> &'static str {
        match self {
            Self::MessagePack => "msgpack",
            Self::Json => "json",
            Self::Bincode => "bincode",
            Self::Raw => "raw",
        }
    }

    /// Whether this build can write and read it.
    pub const fn is_compiled_in(self) -> bool {
        match self {
            Self::MessagePack => cfg!(feature = "msgpack"),
            Self::Json => cfg!(feature = "json"),
            Self::Bincode => cfg!(feature = "bincode"),
            Self::Raw => true,
        }
    }

    pub(super) const fn bits(self) -> u8 {
        match self {
            Self::MessagePack => 0,
            Self::Json => 1,
            Self::Bincode => 2,
            Self::Raw => 3,
        }
    }

    #[inline]
    pub(super) const fn from_bits(bits: u8) -> Option<Self> {
        match bits {
            0 => Some(Self::MessagePack),
            1 => Some(Self::Json),
            2 => Some(Self::Bincode),
            3 => Some(Self::Raw),
            _ => None,
        }
    }
}

/// Writes `value` in `format` at the end of `out`.
///
/// # Errors
/// Where the format cannot express the value or is not compiled in.
#[cfg_attr(
    not(any(feature = "msgpack", feature = "json", feature = "bincode")),
    allow(
        unused_variables,
        clippy::ptr_arg,
        reason = "without a format, all refuse"
    )
)]
#[inline]
pub fn encode_serde<T: Serialize>(
    format: Format,
    value: &T,
    out: &mut Vec<u8>,
) -> Result<(), CodecError> {
    match format {
        #[cfg(feature = "msgpack")]
        Format::MessagePack => msgpack::encode(value, out),
        #[cfg(feature = "json")]
        Format::Json => json::encode(value, out),
        #[cfg(feature = "bincode")]
        Format::Bincode => bincode::encode(value, out),
        Format::Raw => Err(CODE_OF_ITS_OWN),
        #[allow(unreachable_patterns, reason = "with every feature on, none is left")]
        _ => Err(CodecError::NotCompiledIn(format.name())),
    }
}

/// Reads a value from all of `payload`.
///
/// # Errors
/// Where the payload is not exactly a `T`, or the format is not compiled in.
#[cfg_attr(
    not(any(feature = "msgpack", feature = "json", feature = "bincode")),
    allow(unused_variables, reason = "without a format, all refuse")
)]
#[inline]
pub fn decode_serde<T: DeserializeOwned>(format: Format, payload: &[u8]) -> Result<T, CodecError> {
    match format {
        #[cfg(feature = "msgpack")]
        Format::MessagePack => msgpack::decode(payload),
        #[cfg(feature = "json")]
        Format::Json => json::decode(payload),
        #[cfg(feature = "bincode")]
        Format::Bincode => bincode::decode(payload),
        Format::Raw => Err(CODE_OF_ITS_OWN),
        #[allow(unreachable_patterns, reason = "with every feature on, none is left")]
        _ => Err(CodecError::NotCompiledIn(format.name())),
    }
}

const CODE_OF_ITS_OWN: CodecError = CodecError::Payload(std::borrow::Cow::Borrowed(
    "raw bytes, which a serde type is not",
));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_compiled_in_is_an_error_that_names_it() {
        for format in [Format::MessagePack, Format::Json, Format::Bincode] {
            let mut payload = Vec::new();
            let written = encode_serde(format, &7_u8, &mut payload);
            let read = decode_serde::<u8>(format, &payload);
            if format.is_compiled_in() {
                assert_eq!((written, read), (Ok(()), Ok(7)));
            } else {
                let refused = CodecError::NotCompiledIn(format.name());
                assert_eq!((written, read), (Err(refused.clone()), Err(refused)));
            }
        }
    }
}
