//! What a value's bytes look like: an envelope, then the payload. `docs/format.md` draws every byte.

mod compress;
mod envelope;
mod error;
mod format;
#[cfg(any(feature = "msgpack", feature = "json", feature = "bincode"))]
mod redact;
#[cfg(any(feature = "msgpack", feature = "json", feature = "bincode"))]
mod strict;
pub(crate) mod varint;

pub use self::compress::{Compression, Compressor};
pub(crate) use self::envelope::encode_value_as;
pub use self::envelope::{Envelope, decode_value, encode_value};
pub use self::error::CodecError;
pub use self::format::Format;
#[doc(hidden)]
pub use self::format::{decode_serde, encode_serde};
