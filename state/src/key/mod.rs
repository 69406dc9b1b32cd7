//! Typed keys and their order-preserving bytes.
//!
//! **The law**: for all keys of a type, `a.cmp(&b) == bytes(a).cmp(bytes(b))`, decoding inverts
//! encoding, the borrowed twin gives the same bytes, no encoding is a proper prefix of another, a
//! prefix's range holds exactly its keys, and decoding any bytes gives an error or a key with just these
//! bytes. `testing::key_law` checks it for a key type of yours. The bytes are drawn in `docs/format.md`.

mod array;
mod bytes;
mod copied;
mod desc;
mod duration;
mod field;
mod integers;
mod lookup;
mod moments;
mod option;
mod prefix;
mod range;
mod reader;
mod sample;
mod scalars;
mod successor;
mod text;
mod total;
mod tuple;
mod writer;

#[cfg(feature = "chrono")]
mod chrono;
#[cfg(feature = "jiff")]
mod jiff;
#[cfg(feature = "uuid")]
mod uuid;

use std::fmt;

pub use self::desc::Desc;
pub use self::field::KeyField;
pub use self::lookup::{KeyLookup, decode_key, encode_key};
pub use self::prefix::{NoBuilder, Prefix, PrefixStage, Start, StringField};
pub(crate) use self::range::Bounds;
pub use self::range::{Across, KeyRange, OnePartition, Reach, Within};
pub use self::reader::{KeyError, KeyReader};
pub use self::sample::Sampler;
#[cfg(feature = "windows")]
pub(crate) use self::successor::successor;
pub use self::total::{TotalF32, TotalF64};
pub use self::writer::KeyWriter;

use crate::value::State;

/// A whole key: a namespace and fields, and the type of the value that is stored under it.
///
/// Derive it. By hand: write the fields with [`KeyField`] and keep the law.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a key of state",
    label = "not a key",
    note = "add `#[derive(StateKey)]` and `#[state(namespace = \"…\", value = …)]` to it; a type that is only \
            a part of other keys derives `KeyField`"
)]
pub trait StateKey: KeyField + KeyLookup<Key = Self> + fmt::Display {
    /// The stored name of this key type: 1 to 64 of `a`–`z`, `0`–`9`, `_`, `.`, `-`, beginning with a letter.
    const NAMESPACE: &'static str;

    /// How many leading fields make the partition; `None` where every key is a partition of its own.
    const PARTITION_FIELDS: Option<usize>;

    /// The layout of the bytes for people, such as `"orders 00 tenant:String id:u64"`.
    const LAYOUT: &'static str;

    /// Whether its ranges can be read, which makes some backends keep an index: `#[state(ordered)]`.
    const ORDERED: bool;

    /// What is stored under it: a [`StateValue`](crate::StateValue), or one of the
    /// [primitives](crate::primitive).
    type Value: State;

    /// Stands behind the `prefix()` that the derive gives to an ordered struct, so that asking another key type
    /// for one says why it has none.
    #[doc(hidden)]
    fn prefix<P>() -> P
    where
        Self: NoBuilder,
    {
        Self::never()
    }
}

/// A key type whose ranges can be read: `#[state(ordered)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not ordered, so it has no ranges",
    label = "ranges and prefixes of this key type are not kept",
    note = "add `ordered` to its `#[state(…)]`; some backends then keep an index at the cost of writes"
)]
pub trait OrderedKey: StateKey {}
