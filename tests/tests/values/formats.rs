//! Every format with every compression: what goes in comes out, in the bytes that were promised.

use proptest::prelude::*;
use typed_state::StateValue;
use typed_state::codec::{
    CodecError, Compression, Envelope, Format, decode_value, encode_serde, encode_value,
};

use crate::samples::{LIMIT, Rich, Sample, THRESHOLD, each_how, rich};

fn comes_back<const HOW: u8>(value: &Rich) {
    let value = Sample::<_, HOW>(value.clone());
    let bytes = encode_value(&value, LIMIT).unwrap();
    assert_eq!(decode_value::<Sample<Rich, HOW>>(&bytes, LIMIT), Ok(value));
}

proptest! {
    #[test]
    fn a_rich_value_comes_back(value in rich()) {
        each_how!(comes_back(&value));
    }

    #[test]
    fn payloads_are_what_the_bare_formats_write(value in rich()) {
        let payload = |format| {
            let mut payload = b"before".to_vec();
            encode_serde(format, &value, &mut payload).unwrap();
            payload.split_off(6)
        };
        prop_assert_eq!(payload(Format::MessagePack), rmp_serde::to_vec_named(&value).unwrap());
        prop_assert_eq!(payload(Format::Json), serde_json::to_vec(&value).unwrap());
        let bare = bincode::serde::encode_to_vec(&value, bincode::config::standard()).unwrap();
        prop_assert_eq!(payload(Format::Bincode), bare);
    }

    #[test]
    fn every_float_comes_back_but_for_json(bits: u64) {
        let value = f64::from_bits(bits);
        let bytes = encode_value(&Sample::<f64, 0x00>(value), LIMIT).unwrap();
        let back = decode_value::<Sample<f64, 0x00>>(&bytes, LIMIT).unwrap();
        prop_assert_eq!(back.0.to_bits(), bits);
        let bytes = encode_value(&Sample::<f64, 0x20>(value), LIMIT).unwrap();
        let back = decode_value::<Sample<f64, 0x20>>(&bytes, LIMIT).unwrap();
        prop_assert_eq!(back.0.to_bits(), bits);
        let json = encode_value(&Sample::<f64, 0x10>(value), LIMIT);
        prop_assert_eq!(json.is_ok(), value.is_finite());
        if let Ok(bytes) = json {
            let back = decode_value::<Sample<f64, 0x10>>(&bytes, LIMIT).unwrap();
            prop_assert_eq!(back.0.to_bits(), bits);
        }
    }
}

/// A string whose payload is `size` bytes in the format.
fn string_of<const HOW: u8>(size: usize, letter: impl Fn(usize) -> char) -> Sample<String, HOW> {
    let overhead = (0..16)
        .find(|overhead| {
            let value = Sample::<_, HOW>("x".repeat(size - overhead));
            let mut payload = Vec::new();
            value.encode_payload(&mut payload).unwrap();
            payload.len() == size
        })
        .unwrap();
    Sample((0..size - overhead).map(letter).collect())
}

fn compressed_from_the_threshold_on<const HOW: u8>() {
    for size in [
        THRESHOLD - 2,
        THRESHOLD - 1,
        THRESHOLD,
        THRESHOLD + 1,
        4 * THRESHOLD,
    ] {
        let value = string_of::<HOW>(size, |_| 'a');
        let bytes = encode_value(&value, LIMIT).unwrap();
        let envelope = Envelope::read(&bytes).unwrap();
        assert_eq!(envelope.format(), Sample::<String, HOW>::FORMAT);
        assert_eq!(envelope.version(), 1);
        assert_eq!(envelope.decoded_len(), size);
        let expected = match Sample::<String, HOW>::COMPRESSION {
            Compression::From { compressor, .. } if size >= THRESHOLD => Some(compressor),
            _ => None,
        };
        assert_eq!(
            envelope.compressor(),
            expected,
            "{HOW:#04x} at {size} bytes"
        );
        if expected.is_some() {
            assert!(
                bytes.len() < size / 4,
                "{HOW:#04x} at {size} bytes takes {}",
                bytes.len()
            );
        } else {
            assert_eq!(bytes.len(), size + 2);
        }
        assert_eq!(
            decode_value::<Sample<String, HOW>>(&bytes, LIMIT),
            Ok(value)
        );
    }
}

#[test]
fn values_are_compressed_from_the_threshold_on() {
    each_how!(compressed_from_the_threshold_on());
}

fn noise_is_stored_raw<const HOW: u8>() {
    // Printable and without repetition: xorshift's digits in a large alphabet of one-byte letters, too short to matter.
    let noise: Vec<u64> = std::iter::successors(Some(0x9e37_79b9_7f4a_7c15_u64), |state| {
        let state = state ^ (state << 13);
        let state = state ^ (state >> 7);
        Some(state ^ (state << 17))
    })
    .take(THRESHOLD / 8 + 1)
    .collect();
    let value = Sample::<Vec<u64>, HOW>(noise);
    let bytes = encode_value(&value, LIMIT).unwrap();
    let envelope = Envelope::read(&bytes).unwrap();
    // JSON spells numbers in ten of 256 letters, which compressors see.
    if Sample::<u8, HOW>::FORMAT != Format::Json {
        assert!(envelope.decoded_len() >= THRESHOLD);
        assert_eq!(envelope.compressor(), None, "{HOW:#04x}");
        assert_eq!(bytes.len(), envelope.decoded_len() + 2);
    }
    assert_eq!(
        decode_value::<Sample<Vec<u64>, HOW>>(&bytes, LIMIT),
        Ok(value)
    );
}

#[test]
fn what_does_not_shrink_is_stored_raw() {
    each_how!(noise_is_stored_raw());
}

fn limited<const HOW: u8>() {
    for size in [THRESHOLD / 2, 2 * THRESHOLD] {
        let value = string_of::<HOW>(size, |_| 'a');
        let bytes = encode_value(&value, size).unwrap();
        assert_eq!(
            decode_value::<Sample<String, HOW>>(&bytes, size),
            Ok(value.clone())
        );
        let refused = CodecError::TooLarge {
            size,
            limit: size - 1,
        };
        assert_eq!(encode_value(&value, size - 1), Err(refused.clone()));
        assert_eq!(
            decode_value::<Sample<String, HOW>>(&bytes, size - 1),
            Err(refused)
        );
    }
}

#[test]
fn the_limit_is_of_the_decoded_payload() {
    each_how!(limited());
}

#[test]
fn a_type_reads_what_it_wrote_in_another_format() {
    let value = vec![String::from("a"), String::from("b")];
    let stored = encode_value(&Sample::<_, 0x13>(value.clone()), LIMIT).unwrap();
    let read = decode_value::<Sample<Vec<String>, 0x21>>(&stored, LIMIT).unwrap();
    assert_eq!(read.0, value);
}
