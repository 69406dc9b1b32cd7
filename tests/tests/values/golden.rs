//! Bytes of released layouts keep their meaning for ever: `tests/fixtures/values` is only ever added to.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use typed_state::codec::{Envelope, decode_value, encode_value};
use typed_state::{Counter, StateValue};

use crate::samples::{LIMIT, Rich, Sample, Shape};

const LAYOUT_0: &str = include_str!("../../fixtures/values/layout-0.txt");

fn golden() -> Rich {
    Rich {
        id: 1 << 40,
        delta: -1_000,
        wide: (u128::MAX, i128::MIN),
        small: (255, -128, 65_535, -32_768, u32::MAX, i32::MIN),
        ratio: 0.1,
        share: -2.5,
        yes: true,
        letter: '€',
        name: "state ".repeat(100),
        note: Some("größer".into()),
        tags: vec!["a".into(), String::new()],
        counts: BTreeMap::from([("one".into(), 1), ("many".into(), 100_000)]),
        shape: Shape::Named {
            name: "n".into(),
            inner: Some(Box::new(Shape::Sides(1, 2))),
        },
        parts: vec![None, Some(Shape::Nothing), Some(Shape::Radius(2.5))],
    }
}

/// The lines of a fixture: a name and bytes in hexadecimal.
fn lines(fixture: &str) -> BTreeMap<&str, Vec<u8>> {
    fixture
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let (name, hex) = line.split_once(' ').unwrap();
            let digits: Vec<u8> = hex
                .chars()
                .map(|digit| u8::try_from(digit.to_digit(16).unwrap()).unwrap())
                .collect();
            let (pairs, rest) = digits.as_chunks::<2>();
            assert_eq!(rest, [0_u8; 0], "{name} has half a byte");
            (
                name,
                pairs.iter().map(|[high, low]| high << 4 | low).collect(),
            )
        })
        .collect()
}

fn keeps<V: StateValue + PartialEq + std::fmt::Debug>(bytes: &[u8], value: &V) {
    assert_eq!(&decode_value::<V>(bytes, LIMIT).unwrap(), value);
    // What a compressor makes of the payload may change with its version; the rest may not.
    if Envelope::read(bytes).unwrap().compressor().is_none() {
        assert_eq!(encode_value(value, LIMIT).unwrap(), bytes);
    }
}

#[test]
fn layout_0_is_read_and_written_as_released() {
    let fixture = lines(LAYOUT_0);
    let mut seen = BTreeSet::new();
    macro_rules! check {
        ($($name:literal $value:expr),* $(,)?) => {$(
            keeps(&fixture[$name], &$value);
            seen.insert($name);
        )*};
    }
    check!(
        "msgpack" Sample::<_, 0x00>(golden()),
        "msgpack-lz4" Sample::<_, 0x01>(golden()),
        "msgpack-snappy" Sample::<_, 0x02>(golden()),
        "msgpack-zstd" Sample::<_, 0x03>(golden()),
        "json" Sample::<_, 0x10>(golden()),
        "json-lz4" Sample::<_, 0x11>(golden()),
        "json-snappy" Sample::<_, 0x12>(golden()),
        "json-zstd" Sample::<_, 0x13>(golden()),
        "bincode" Sample::<_, 0x20>(golden()),
        "bincode-lz4" Sample::<_, 0x21>(golden()),
        "bincode-snappy" Sample::<_, 0x22>(golden()),
        "bincode-zstd" Sample::<_, 0x23>(golden()),
        "counter" Counter(-2),
        "string" String::from("größer"),
        "bytes" vec![0_u8, 1, 255],
        "shared-bytes" Bytes::from_static(&[0, 1, 255]),
        "bool" true,
        "unit" (),
        "u8" 1_u8,
        "u16" 2_u16,
        "u32" 3_u32,
        "u64" 4_u64,
        "u128" 5_u128,
        "i8" -1_i8,
        "i16" -2_i16,
        "i32" -3_i32,
        "i64" -4_i64,
        "i128" -5_i128,
        "f32" 1.5_f32,
        "f64" -0.1_f64,
        "json-value" serde_json::json!({"a": [1, null, "b"]}),
    );
    assert_eq!(
        seen,
        fixture.keys().copied().collect(),
        "every line is checked"
    );
}
