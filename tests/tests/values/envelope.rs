//! The bytes before a payload: which are read, which are refused, and why.

use proptest::prelude::*;
use typed_state::Counter;
use typed_state::backend::encode_counter;
use typed_state::codec::{CodecError, Envelope, Format, decode_value, encode_value};

const LIMIT: usize = 1 << 20;

proptest! {
    #[test]
    fn a_counter_is_what_backends_add_to(number: i64) {
        let bytes = encode_value(&Counter(number), LIMIT).unwrap();
        prop_assert_eq!(&bytes[..], encode_counter(number));
        prop_assert_eq!(decode_value::<Counter>(&bytes, LIMIT), Ok(Counter(number)));
    }

    #[test]
    fn text_and_bytes_come_back(text: String, raw: Vec<u8>, truth: bool, number: i128, float: u64) {
        let float = f64::from_bits(float);
        let stored = encode_value(&text, LIMIT).unwrap();
        prop_assert_eq!(&stored[2..], text.as_bytes());
        prop_assert_eq!(decode_value::<String>(&stored, LIMIT), Ok(text));
        let stored = encode_value(&raw, LIMIT).unwrap();
        prop_assert_eq!(decode_value::<Vec<u8>>(&stored, LIMIT), Ok(raw));
        let stored = encode_value(&truth, LIMIT).unwrap();
        prop_assert_eq!(decode_value::<bool>(&stored, LIMIT), Ok(truth));
        let stored = encode_value(&number, LIMIT).unwrap();
        prop_assert_eq!(decode_value::<i128>(&stored, LIMIT), Ok(number));
        let stored = encode_value(&float, LIMIT).unwrap();
        prop_assert_eq!(decode_value::<f64>(&stored, LIMIT).unwrap().to_bits(), float.to_bits());
    }

    #[test]
    fn any_bytes_are_a_value_or_an_error(bytes: Vec<u8>) {
        let _ = decode_value::<String>(&bytes, LIMIT);
        let _ = decode_value::<u64>(&bytes, LIMIT);
        let _ = decode_value::<serde_json::Value>(&bytes, LIMIT);
    }
}

#[test]
fn the_header_says_format_version_and_compression() {
    let bytes = encode_value(&String::from("state"), LIMIT).unwrap();
    assert_eq!(&bytes[..], b"\x18\x01state");
    let envelope = Envelope::read(&bytes).unwrap();
    assert_eq!(envelope.format(), Format::Raw);
    assert_eq!(envelope.version(), 1);
    assert_eq!(envelope.compressor(), None);
    assert_eq!(envelope.decoded_len(), 5);
    assert_eq!(&envelope.payload(5).unwrap()[..], b"state");
}

#[test]
fn unknown_headers_are_refused() {
    for (bytes, says) in [
        (&b""[..], "no bytes"),
        (b"\x58\x01", "no such layout"),
        (b"\x98\x01", "no such layout"),
        (b"\x20\x01", "no such format"),
        (b"\x1c\x01\x00", "no such compression"),
        (b"\x18", "version"),
        (b"\x18\x80", "version"),
        (b"\x18\x00", "version"),
        (b"\x18\x81\x00", "version"),
        (b"\x18\x80\x80\x80\x80\x10", "version"),
        (b"\x19\x01", "length"),
        (b"\x19\x01\x85\x00", "length"),
    ] {
        let error = Envelope::read(bytes).unwrap_err();
        assert!(
            matches!(error, CodecError::Payload(_)),
            "{bytes:02x?}: {error:?}"
        );
        assert!(error.to_string().contains(says), "{bytes:02x?}: {error}");
    }
}

#[test]
fn the_limit_holds_both_ways_at_its_exact_byte() {
    let text = String::from("state");
    let bytes = encode_value(&text, 5).unwrap();
    assert_eq!(decode_value::<String>(&bytes, 5), Ok(text.clone()));
    let refused = CodecError::TooLarge { size: 5, limit: 4 };
    assert_eq!(encode_value(&text, 4), Err(refused.clone()));
    assert_eq!(decode_value::<String>(&bytes, 4), Err(refused));
}

#[test]
fn another_version_or_shape_is_refused() {
    assert_eq!(
        decode_value::<String>(b"\x18\x02state", LIMIT),
        Err(CodecError::Version {
            name: "string",
            stored: 2,
            known: 1
        })
    );
    for bytes in [&b"\x18\x01\xff"[..], b"\x00\x01\xa0"] {
        assert!(matches!(
            decode_value::<String>(bytes, LIMIT),
            Err(CodecError::Payload(_))
        ));
    }
    assert!(matches!(
        decode_value::<u64>(b"\x18\x011234567", LIMIT),
        Err(CodecError::Payload(_))
    ));
    assert!(matches!(
        decode_value::<bool>(b"\x18\x01\x02", LIMIT),
        Err(CodecError::Payload(_))
    ));
    assert!(matches!(
        decode_value::<()>(b"\x18\x01\x00", LIMIT),
        Err(CodecError::Payload(_))
    ));
}
