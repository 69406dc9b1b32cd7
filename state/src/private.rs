//! What the derives' generated code names. Not for people; may change in any release.

use std::fmt;
use std::hash::Hash;

use serde::Serialize;
use serde::de::DeserializeOwned;

pub use core;
pub use std::vec::Vec;

pub use crate::backend::Ttl;
pub use crate::codec::{CodecError, Compression, Format};
pub use crate::key::{
    Across, KeyError, KeyField, KeyLookup, KeyRange, KeyReader, KeyWriter, OrderedKey, Prefix,
    PrefixStage, Sampler, Start, StateKey, StringField, Within,
};
pub use crate::value::{Counter, State, StateValue};

use crate::codec::{decode_serde, encode_serde};

/// The formats that are compiled in. Naming another is an error that tells its feature.
pub mod format {
    #[cfg(any(feature = "msgpack", feature = "json", feature = "bincode"))]
    use super::Format;

    /// `format = "msgpack"`.
    #[cfg(feature = "msgpack")]
    pub const MSGPACK: Format = Format::MessagePack;
    /// `format = "json"`.
    #[cfg(feature = "json")]
    pub const JSON: Format = Format::Json;
    /// `format = "bincode"`.
    #[cfg(feature = "bincode")]
    pub const BINCODE: Format = Format::Bincode;
}

/// The compressors that are compiled in. Naming another is an error that tells its feature.
pub mod compressor {
    #[cfg(any(feature = "lz4", feature = "snappy", feature = "zstd"))]
    use crate::codec::Compressor;

    /// `compress = "lz4"`.
    #[cfg(feature = "lz4")]
    pub const LZ4: Compressor = Compressor::Lz4;
    /// `compress = "snappy"`.
    #[cfg(feature = "snappy")]
    pub const SNAPPY: Compressor = Compressor::Snappy;
    /// `compress = "zstd"`.
    #[cfg(feature = "zstd")]
    pub const ZSTD: Compressor = Compressor::Zstd;
}

/// A [`KeyField`]; the lifetime keeps the compiler from deciding a bound on a concrete type where it is written.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a field of a key",
    label = "not a key field"
)]
pub trait FieldOfKey<'any>: KeyField {}

#[diagnostic::do_not_recommend]
impl<F: KeyField> FieldOfKey<'_> for F {}

/// What an enum without data is, which keys borrow as itself; one bound, so that a missing derive is one error.
#[diagnostic::on_unimplemented(
    message = "keys borrow `{Self}` as itself, and it lacks a derive for that",
    label = "an enum without data needs more derives to be in a key",
    note = "add `#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]` to it"
)]
pub trait BorrowedAsItself<'any>: Copy + fmt::Debug + Ord + Hash + Send + Sync + 'static {}

#[diagnostic::do_not_recommend]
impl<F: Copy + fmt::Debug + Ord + Hash + Send + Sync + 'static> BorrowedAsItself<'_> for F {}

/// Fails to compile where it is none.
pub const fn assert_key_field<F: KeyField>() {}

/// Fails to compile where it is not so.
pub const fn assert_borrowed_as_itself<F: for<'any> BorrowedAsItself<'any>>() {}

/// What `from = Previous` takes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be made of its version before, `{Previous}`",
    label = "no `From<{Previous}>`",
    note = "write `impl From<{Previous}> for {Self}`; if that can fail, `try_from` and `impl TryFrom`"
)]
pub trait MigrateFrom<Previous>: Sized {
    /// `From`.
    fn migrate_from(previous: Previous) -> Result<Self, CodecError>;
}

#[diagnostic::do_not_recommend]
impl<T: From<Previous>, Previous> MigrateFrom<Previous> for T {
    fn migrate_from(previous: Previous) -> Result<Self, CodecError> {
        Ok(T::from(previous))
    }
}

/// What `try_from = Previous` takes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be made of its version before, `{Previous}`",
    label = "no `TryFrom<{Previous}>` with an error that can be shown",
    note = "write `impl TryFrom<{Previous}> for {Self}`; its error must implement `Display`"
)]
pub trait TryMigrateFrom<Previous>: Sized {
    /// `TryFrom`, with its error as text.
    fn try_migrate_from(previous: Previous) -> Result<Self, CodecError>;
}

#[diagnostic::do_not_recommend]
impl<T: TryFrom<Previous, Error: fmt::Display>, Previous> TryMigrateFrom<Previous> for T {
    fn try_migrate_from(previous: Previous) -> Result<Self, CodecError> {
        T::try_from(previous)
            .map_err(|error| CodecError::Payload(format!("migration failed: {error}").into()))
    }
}

/// What serde can write and read; one bound, so that a type without either is one error.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be written and read: a value needs serde's `Serialize` and `Deserialize`",
    label = "serde cannot write and read this type",
    note = "add `#[derive(serde::Serialize, serde::Deserialize)]` to it"
)]
pub trait SerdeValue: Sized {
    /// [`encode_serde`].
    fn encode(&self, format: Format, out: &mut Vec<u8>) -> Result<(), CodecError>;
    /// [`decode_serde`].
    fn decode(format: Format, payload: &[u8]) -> Result<Self, CodecError>;
}

#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned> SerdeValue for T {
    fn encode(&self, format: Format, out: &mut Vec<u8>) -> Result<(), CodecError> {
        encode_serde(format, self, out)
    }

    fn decode(format: Format, payload: &[u8]) -> Result<Self, CodecError> {
        decode_serde(format, payload)
    }
}

/// Fails to compile where the previous type is not the version before `version` of the value `name`.
#[expect(
    clippy::panic,
    reason = "it panics at compile time only, as a compile error"
)]
#[track_caller]
pub const fn check_chain(
    (this, name, version): (&str, &str, u32),
    attribute: &str,
    (previous, previous_name, previous_version): (&str, &str, u32),
) {
    if !same(name, previous_name) {
        let text = Text::new()
            .text("`")
            .text(this)
            .text("` is stored as `")
            .text(name)
            .text("`, but `")
            .text(attribute)
            .text(" = ")
            .text(previous)
            .text("` is stored as `")
            .text(previous_name)
            .text("`: all versions of a value have one name");
        panic!("{}", text.as_str());
    }
    if version.wrapping_sub(1) != previous_version {
        let text = Text::new()
            .text("`")
            .text(this)
            .text("` is version ")
            .number(version)
            .text(", but `")
            .text(attribute)
            .text(" = ")
            .text(previous)
            .text("` is version ")
            .number(previous_version)
            .text(": migrations go one version at a time");
        panic!("{}", text.as_str());
    }
}

const fn same(a: &str, b: &str) -> bool {
    let (mut a, mut b) = (a.as_bytes(), b.as_bytes());
    while let (Some((x, rest_of_a)), Some((y, rest_of_b))) = (a.split_first(), b.split_first()) {
        if *x != *y {
            return false;
        }
        (a, b) = (rest_of_a, rest_of_b);
    }
    a.is_empty() && b.is_empty()
}

/// A text that is put together at compile time, where there is no `format!`.
struct Text {
    bytes: [u8; 512],
    len: usize,
}

impl Text {
    const fn new() -> Self {
        Self {
            bytes: [0; 512],
            len: 0,
        }
    }

    /// Adds a text, as far as there is room.
    const fn text(mut self, text: &str) -> Self {
        let mut rest = text.as_bytes();
        while let Some((byte, after)) = rest.split_first() {
            if let [place, ..] = self.bytes.split_at_mut(self.len).1 {
                *place = *byte;
                self.len += 1;
            }
            rest = after;
        }
        self
    }

    const fn number(self, number: u32) -> Self {
        const DIGITS: &str = "0123456789";
        let digit = (number % 10) as usize;
        let text = if number < 10 {
            self
        } else {
            self.number(number / 10)
        };
        text.text(DIGITS.split_at(digit).1.split_at(1).0)
    }

    const fn as_str(&self) -> &str {
        match std::str::from_utf8(self.bytes.split_at(self.len).0) {
            Ok(text) => text,
            Err(_) => "migrations go one version at a time",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Text, same};

    #[test]
    fn text_at_compile_time() {
        const TEXT: Text = Text::new()
            .text("`V3` is ")
            .number(3)
            .text(", not ")
            .number(4_294_967_295);
        assert_eq!(TEXT.as_str(), "`V3` is 3, not 4294967295");
        let full = Text::new().text(&"x".repeat(600)).text("y");
        assert_eq!(full.as_str(), "x".repeat(512));
    }

    #[test]
    fn names_are_compared_whole() {
        assert!(same("", "") && same("order", "order"));
        assert!(!same("order", "orders") && !same("orders", "order") && !same("a", "b"));
    }
}
