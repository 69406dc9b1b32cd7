use std::collections::BTreeMap;

use allocation_counter::measure;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use typed_state::codec::{
    CodecError, Compression, Compressor, Envelope, Format, decode_serde, decode_value,
    encode_serde, encode_value,
};
use typed_state::{Counter, StateValue, Ttl};

/// The most bytes that a payload may have.
const LIMIT: usize = 1 << 16;

/// What a byte of payload may take when it is read: the largest element, a vector's growth, a map's nodes.
const MOST_PER_BYTE: usize = 256;

/// What an error's message and the like may take.
const SLACK: usize = 1 << 14;

/// Something of everything.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Rich {
    id: u64,
    wide: (u128, i128),
    small: (i8, u16),
    ratio: f64,
    share: f32,
    yes: bool,
    letter: char,
    name: String,
    note: Option<String>,
    counts: BTreeMap<String, i64>,
    parts: Vec<Option<Shape>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Shape {
    Nothing,
    Radius(f64),
    Sides(u32, u32),
    Named {
        name: String,
        inner: Option<Box<Shape>>,
    },
}

/// A [`Rich`] in the format and compression that `HOW` says: its digits are those of an envelope's first byte.
#[derive(Debug)]
struct In<const HOW: u8>(Rich);

impl<const HOW: u8> StateValue for In<HOW> {
    const NAME: &'static str = "rich";
    const VERSION: u32 = 1;
    const FORMAT: Format = match HOW >> 3 {
        0 => Format::MessagePack,
        1 => Format::Json,
        _ => Format::Bincode,
    };
    const COMPRESSION: Compression = {
        let compressor = match HOW & 7 {
            1 => Some(Compressor::Lz4),
            2 => Some(Compressor::Snappy),
            3 => Some(Compressor::Zstd),
            _ => None,
        };
        match compressor {
            None => Compression::None,
            Some(compressor) => Compression::From {
                compressor,
                threshold: 64,
            },
        }
    };
    const TTL: Option<Ttl> = None;
    const MAX_SIZE: Option<usize> = None;

    fn encode_payload(&self, out: &mut Vec<u8>) -> Result<(), CodecError> {
        encode_serde(Self::FORMAT, &self.0, out)
    }

    fn decode_payload(_: u32, format: Format, payload: &[u8]) -> Result<Self, CodecError> {
        decode_serde(format, payload).map(Self)
    }
}

type Decode = fn(&[u8]);
type Encode = fn(Rich) -> Vec<u8>;

/// The first bytes that a [`Rich`] is written with.
const HOWS: [(u8, Decode, Encode); 12] = [
    (0x00, decode_as::<In<0x00>>, encode_in::<0x00>),
    (0x01, decode_as::<In<0x01>>, encode_in::<0x01>),
    (0x02, decode_as::<In<0x02>>, encode_in::<0x02>),
    (0x03, decode_as::<In<0x03>>, encode_in::<0x03>),
    (0x08, decode_as::<In<0x08>>, encode_in::<0x08>),
    (0x09, decode_as::<In<0x09>>, encode_in::<0x09>),
    (0x0A, decode_as::<In<0x0A>>, encode_in::<0x0A>),
    (0x0B, decode_as::<In<0x0B>>, encode_in::<0x0B>),
    (0x10, decode_as::<In<0x10>>, encode_in::<0x10>),
    (0x11, decode_as::<In<0x11>>, encode_in::<0x11>),
    (0x12, decode_as::<In<0x12>>, encode_in::<0x12>),
    (0x13, decode_as::<In<0x13>>, encode_in::<0x13>),
];

/// Any bytes decode within the limit to a value that is written and read again as the same, or not at all.
///
/// # Panics
/// Where they do neither.
pub fn value_decode(data: &[u8]) {
    decode_as::<Counter>(data);
    decode_as::<String>(data);
    decode_as::<Bytes>(data);
    decode_as::<u16>(data);
    let how = data.first().copied().unwrap_or_default();
    for (first, decode, _) in HOWS {
        if first == how {
            decode(data);
        }
    }
}

/// Inputs that decode: the same value in every format and compression.
pub fn value_inputs(seed: &[u8]) -> Vec<Vec<u8>> {
    let value = rich(seed);
    HOWS.iter()
        .map(|(_, _, encode)| encode(value.clone()))
        .chain([
            vec![0x18, 1, 0, 0, 0, 0, 0, 0, 0, 7],
            b"\x18\x01text".to_vec(),
        ])
        .collect()
}

fn rich(seed: &[u8]) -> Rich {
    let mut bytes = seed.iter().copied().chain(std::iter::repeat(0));
    let mut byte = || bytes.next().unwrap_or_default();
    let mut wide = || u128::from_le_bytes(std::array::from_fn(|_| byte()));
    let shape = |number: u128| match number % 4 {
        0 => Shape::Nothing,
        1 => Shape::Radius(1.5),
        2 => Shape::Sides(7, 1 << 20),
        _ => Shape::Named {
            name: number.to_string(),
            inner: (number % 8 > 3).then(|| Box::new(Shape::Nothing)),
        },
    };
    let number = wide();
    let ratio = f64::from_bits(u64::try_from(wide() >> 64).unwrap_or_default());
    let text = "text ".repeat(usize::from(number.to_le_bytes()[0]));
    Rich {
        id: wide().to_le_bytes().map(u64::from).iter().sum(),
        wide: (number, i128::from_le_bytes(wide().to_le_bytes())),
        small: (-1, 300),
        ratio: if ratio.is_finite() { ratio } else { 0.1 },
        share: -2.5,
        yes: number % 2 == 0,
        letter: 'é',
        note: (number % 3 == 0).then(|| text.clone()),
        name: text,
        counts: [("one".to_owned(), 1), (number.to_string(), -1)].into(),
        parts: vec![None, Some(shape(number)), Some(shape(wide()))],
    }
}

#[allow(clippy::expect_used, reason = "what a test wrote itself")]
fn encode_in<const HOW: u8>(rich: Rich) -> Vec<u8> {
    encode_value(&In::<HOW>(rich), LIMIT)
        .expect("it is small")
        .to_vec()
}

#[allow(clippy::panic, reason = "a fuzzer wants a panic")]
fn decode_as<V: StateValue>(data: &[u8]) {
    let payload = Envelope::read(data).map_or(0, |envelope| envelope.decoded_len().min(LIMIT));
    let mut decoded = None;
    let allocated = measure(|| decoded = Some(decode_value::<V>(data, LIMIT))).bytes_max;
    let most = payload.max(data.len()) * MOST_PER_BYTE + SLACK;
    assert!(
        usize::try_from(allocated).is_ok_and(|allocated| allocated <= most),
        "{allocated} bytes were allocated for a payload of {payload}"
    );
    let Some(Ok(value)) = decoded else { return };
    // Other programs may have written it in more or fewer bytes.
    let limit = 16 * LIMIT;
    let Ok(written) = encode_value(&value, limit) else {
        panic!("what was read cannot be written");
    };
    let again = decode_value::<V>(&written, limit).and_then(|value| encode_value(&value, limit));
    assert_eq!(
        again.as_deref(),
        Ok(&written[..]),
        "it changes as it is read"
    );
}
