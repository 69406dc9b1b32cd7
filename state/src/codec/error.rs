use std::borrow::Cow;

/// Why a value cannot be encoded, or bytes cannot be decoded.
///
/// It never holds bytes of the value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CodecError {
    /// The bytes are cut off, damaged or foreign; or the format cannot express the value.
    #[error("{0}")]
    Payload(Cow<'static, str>),
    /// The bytes are of a version that this program does not know.
    #[error(
        "stored at version {stored} of `{name}`, and this program knows versions up to {known}; deploy the newer program"
    )]
    Version {
        /// The name of the value type.
        name: &'static str,
        /// The version in the envelope.
        stored: u32,
        /// The newest version that the type knows.
        known: u32,
    },
    /// The payload, before compression, is larger than the limit.
    #[error("a payload of {size} bytes, and {limit} is the limit")]
    TooLarge {
        /// The bytes of the payload.
        size: usize,
        /// The limit.
        limit: usize,
    },
    /// The format or compression is not compiled in.
    #[error("needs {0}, which is not compiled in; enable that feature of typed-state")]
    NotCompiledIn(&'static str),
}

impl CodecError {
    pub(super) fn payload(message: impl Into<Cow<'static, str>>) -> Self {
        Self::Payload(message.into())
    }
}
