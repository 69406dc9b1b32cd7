//! Damaged and foreign bytes: an error, or a value of the type, and nothing worse.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use typed_state::codec::{CodecError, decode_value, encode_value};

use crate::samples::{LIMIT, Rich, Sample, Shape, each_how};

fn example() -> Rich {
    Rich {
        id: 7,
        delta: -70_000,
        wide: (u128::MAX, i128::MIN),
        small: (1, -2, 300, -400, 70_000, -80_000),
        ratio: 1.5,
        share: -0.25,
        yes: true,
        letter: 'ß',
        name: "state ".repeat(100),
        note: Some("a note".into()),
        tags: vec!["one".into(), "two".into()],
        counts: BTreeMap::from([("a".into(), 1), ("b".into(), 1 << 30)]),
        shape: Shape::Named {
            name: "n".into(),
            inner: Some(Box::new(Shape::Sides(1, 2))),
        },
        parts: vec![None, Some(Shape::Nothing), Some(Shape::Radius(2.5))],
    }
}

fn cut_off<const HOW: u8>() {
    let bytes = encode_value(&Sample::<_, HOW>(example()), LIMIT).unwrap();
    for length in 0..bytes.len() {
        let read = decode_value::<Sample<Rich, HOW>>(&bytes[..length], LIMIT);
        assert!(
            matches!(read, Err(CodecError::Payload(_))),
            "{HOW:#04x} cut to {length}: {read:?}"
        );
    }
    let mut longer = bytes.to_vec();
    longer.push(0);
    let read = decode_value::<Sample<Rich, HOW>>(&longer, LIMIT);
    assert!(
        matches!(read, Err(CodecError::Payload(_))),
        "{HOW:#04x} and a byte more: {read:?}"
    );
}

#[test]
fn every_truncation_and_every_excess_is_an_error() {
    each_how!(cut_off());
}

fn flipped<const HOW: u8>() {
    let mut bytes = encode_value(&Sample::<_, HOW>(example()), LIMIT)
        .unwrap()
        .to_vec();
    for bit in 0..8 * bytes.len() {
        bytes[bit / 8] ^= 1 << (bit % 8);
        // What still is a value of the type must be one that can be stored: reading made nothing impossible.
        if let Ok(value) = decode_value::<Sample<Rich, HOW>>(&bytes, LIMIT) {
            let json_only = HOW >> 4 == 1;
            if !json_only || (value.0.ratio.is_finite() && value.0.share.is_finite()) {
                encode_value(&value, usize::MAX).unwrap();
            }
        }
        bytes[bit / 8] ^= 1 << (bit % 8);
    }
}

#[test]
fn every_flipped_bit_is_an_error_or_a_value() {
    each_how!(flipped());
}

fn any_bytes<const HOW: u8>(payload: &[u8]) {
    let header = encode_value(&Sample::<u8, HOW>(0), LIMIT).unwrap();
    let mut bytes = header[..2].to_vec();
    bytes.extend_from_slice(payload);
    let _ = decode_value::<Sample<Rich, HOW>>(&bytes, LIMIT);
    let _ = decode_value::<Sample<Vec<Shape>, HOW>>(&bytes, LIMIT);
    let _ = decode_value::<Sample<serde_json::Value, HOW>>(&bytes, LIMIT);
}

proptest! {
    #[test]
    fn any_payload_is_an_error_or_a_value(payload: Vec<u8>) {
        each_how!(any_bytes(&payload));
    }

    #[test]
    fn any_compressed_payload_is_an_error_or_a_value(first: u8, length: u16, body: Vec<u8>) {
        for compressor in 1..4 {
            let mut bytes = vec![first & 0b11_1000 | compressor, 1];
            bytes.extend_from_slice(&[(length & 0x7f) as u8 | 0x80, (length >> 7 & 0x7f) as u8]);
            bytes.extend_from_slice(&body);
            let _ = decode_value::<Sample<Rich, 0>>(&bytes, LIMIT);
            let _ = decode_value::<String>(&bytes, LIMIT);
        }
    }
}

/// A type whose own check quotes what it refuses.
#[derive(Debug, Serialize, Deserialize)]
#[serde(try_from = "String")]
struct Quoting;

impl TryFrom<String> for Quoting {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Err(format!("{text} is not good enough"))
    }
}

#[test]
fn errors_do_not_quote_values() {
    let secret = "hunter2".to_owned();
    let stored = [
        encode_value(&Sample::<_, 0x00>(secret.clone()), LIMIT).unwrap(),
        encode_value(&Sample::<_, 0x10>(secret.clone()), LIMIT).unwrap(),
        encode_value(&Sample::<_, 0x20>(secret), LIMIT).unwrap(),
    ];
    for bytes in stored {
        let errors = [
            decode_value::<Sample<u64, 0>>(&bytes, LIMIT).unwrap_err(),
            decode_value::<Sample<Shape, 0>>(&bytes, LIMIT).unwrap_err(),
            decode_value::<Sample<Quoting, 0>>(&bytes, LIMIT).unwrap_err(),
        ];
        for error in errors {
            assert!(!format!("{error} {error:?}").contains("hunter"), "{error}");
        }
    }
}
