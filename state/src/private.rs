//! What the derives' generated code names. Not for people; may change in any release.

pub use core;

pub use crate::backend::Ttl;
pub use crate::codec::{CodecError, Compression, Compressor, Format, decode_serde, encode_serde};
pub use crate::key::{
    Across, KeyError, KeyField, KeyLookup, KeyRange, KeyReader, KeyWriter, OrderedKey, Prefix,
    PrefixStage, Reach, Sampler, Start, StateKey, Within,
};
pub use crate::value::StateValue;
