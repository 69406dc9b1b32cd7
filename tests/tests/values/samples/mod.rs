//! Value types of every format and compression, for the tests of values.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use typed_state::codec::{CodecError, Compression, Compressor, Format, decode_serde, encode_serde};
use typed_state::{StateValue, Ttl};

pub(crate) const LIMIT: usize = 1 << 20;
pub(crate) const THRESHOLD: usize = 512;

/// A `T` in the format and compression that `HOW` says: its digits are those in the first byte of the envelope.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sample<T, const HOW: u8>(pub T);

const fn format(how: u8) -> Format {
    match how >> 4 {
        0 => Format::MessagePack,
        1 => Format::Json,
        _ => Format::Bincode,
    }
}

const fn compression(how: u8) -> Compression {
    let compressor = match how & 0xf {
        0 => return Compression::None,
        1 => Compressor::Lz4,
        2 => Compressor::Snappy,
        _ => Compressor::Zstd,
    };
    Compression::From {
        compressor,
        threshold: THRESHOLD,
    }
}

impl<T, const HOW: u8> StateValue for Sample<T, HOW>
where
    T: Serialize + DeserializeOwned + Send + Sync + 'static,
{
    const NAME: &'static str = "sample";
    const VERSION: u32 = 1;
    const FORMAT: Format = format(HOW);
    const COMPRESSION: Compression = compression(HOW);
    const TTL: Option<Ttl> = None;
    const MAX_SIZE: Option<usize> = None;

    fn encode_payload(&self, out: &mut Vec<u8>) -> Result<(), CodecError> {
        encode_serde(Self::FORMAT, &self.0, out)
    }

    fn decode_payload(_: u32, format: Format, payload: &[u8]) -> Result<Self, CodecError> {
        decode_serde(format, payload).map(Self)
    }
}

/// Calls `$test::<HOW>($arguments)` for each format and compression.
macro_rules! each_how {
    ($test:ident($($argument:expr),*)) => {
        each_how!(@ $test, ($($argument),*),
            0x00 0x01 0x02 0x03 0x10 0x11 0x12 0x13 0x20 0x21 0x22 0x23)
    };
    (@ $test:ident, $arguments:tt, $($how:literal)*) => {
        $(each_how!(# $test, $arguments, $how);)*
    };
    (# $test:ident, ($($argument:expr),*), $how:literal) => {
        $test::<$how>($($argument),*)
    };
}
pub(crate) use each_how;

/// Something of everything.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Rich {
    pub id: u64,
    pub delta: i64,
    pub wide: (u128, i128),
    pub small: (u8, i8, u16, i16, u32, i32),
    pub ratio: f64,
    pub share: f32,
    pub yes: bool,
    pub letter: char,
    pub name: String,
    pub note: Option<String>,
    pub tags: Vec<String>,
    pub counts: BTreeMap<String, u32>,
    pub shape: Shape,
    pub parts: Vec<Option<Shape>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Shape {
    Nothing,
    Radius(f64),
    Sides(u32, u32),
    Named {
        name: String,
        inner: Option<Box<Shape>>,
    },
}

pub(crate) fn finite() -> impl Strategy<Value = f64> {
    any::<f64>().prop_filter("JSON has no others", |number| number.is_finite())
}

pub(crate) fn shape() -> impl Strategy<Value = Shape> {
    let leaf = prop_oneof![
        Just(Shape::Nothing),
        finite().prop_map(Shape::Radius),
        any::<(u32, u32)>().prop_map(|(a, b)| Shape::Sides(a, b)),
    ];
    leaf.prop_recursive(4, 8, 1, |inner| {
        (
            any::<String>(),
            proptest::option::of(inner.prop_map(Box::new)),
        )
            .prop_map(|(name, inner)| Shape::Named { name, inner })
    })
}

prop_compose! {
    pub(crate) fn rich()(
        (id, delta, wide, small) in any::<(u64, i64, (u128, i128), (u8, i8, u16, i16, u32, i32))>(),
        ratio in finite(),
        share in any::<f32>().prop_filter("JSON has no others", |number| number.is_finite()),
        (yes, letter, name, note, tags) in any::<(bool, char, String, Option<String>, Vec<String>)>(),
        counts in proptest::collection::btree_map(any::<String>(), any::<u32>(), 0..8),
        shape in shape(),
        parts in proptest::collection::vec(proptest::option::of(shape()), 0..8),
    ) -> Rich {
        Rich { id, delta, wide, small, ratio, share, yes, letter, name, note, tags, counts, shape, parts }
    }
}
