//! What is not an encoding is refused, with the place and what was expected there.

use std::fmt::Debug;
use std::num::NonZero;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use typed_state::backend::{Key, MAX_KEY_LEN};
use typed_state::key::{KeyField, KeyReader, decode_key, encode_key};
use typed_state::{Desc, ErrorKind, StateKey};

#[track_caller]
fn refused<F: KeyField + Debug>(bytes: &[u8], why: &str) {
    let error = F::decode_field(&mut KeyReader::new(bytes)).unwrap_err();
    assert_eq!(error.to_string(), why);
}

#[test]
fn fields_that_are_cut_off() {
    refused::<u64>(&[0; 7], "expected 8 bytes of a u64 at byte 0 of the fields");
    refused::<bool>(&[], "expected the byte of a bool at byte 0 of the fields");
    refused::<Option<u8>>(&[1], "expected 1 byte of a u8 at byte 1 of the fields");
    refused::<[u8; 4]>(
        &[0; 3],
        "expected the bytes of an array at byte 0 of the fields",
    );
    refused::<[u16; 2]>(&[0; 3], "expected 2 bytes of a u16 at byte 2 of the fields");
    refused::<String>(
        b"abc",
        "expected the end of a string at byte 0 of the fields",
    );
    refused::<Vec<u8>>(b"", "expected the end of bytes at byte 0 of the fields");
    refused::<String>(
        b"abc\0",
        "expected `00 FF` or `00 01` at byte 3 of the fields",
    );
    refused::<Desc<String>>(
        b"abc\xFF",
        "expected `00 FF` or `00 01` at byte 3 of the fields",
    );
}

#[test]
fn bytes_that_no_value_has() {
    refused::<bool>(
        &[2],
        "expected `00` or `01` of a bool at byte 0 of the fields",
    );
    refused::<Desc<bool>>(
        &[0],
        "expected `00` or `01` of a bool at byte 0 of the fields",
    );
    refused::<Option<u8>>(
        &[2, 0],
        "expected `00` or `01` of an option at byte 0 of the fields",
    );
    refused::<char>(
        &[0, 0, 0xD8, 0],
        "expected a code point at byte 0 of the fields",
    );
    refused::<(u8, char)>(
        &[0, 0, 0x11, 0, 0],
        "expected a code point at byte 1 of the fields",
    );
    refused::<NonZero<u16>>(
        &[0; 2],
        "expected an integer that is not zero at byte 0 of the fields",
    );
    refused::<NonZero<i8>>(
        &[0x80],
        "expected an integer that is not zero at byte 0 of the fields",
    );
    refused::<Vec<u8>>(
        b"a\0\x02",
        "expected `00 FF` or `00 01` at byte 1 of the fields",
    );
    refused::<Vec<u8>>(
        b"a\0\0\0\x01",
        "expected `00 FF` or `00 01` at byte 1 of the fields",
    );
    refused::<String>(
        b"\xFF\0\x01",
        "expected text in UTF-8 at byte 0 of the fields",
    );
    refused::<String>(
        b"\xFF\0\xFF\0\x01",
        "expected text in UTF-8 at byte 0 of the fields",
    );
    refused::<(bool, String)>(
        b"\x01\xC3\0\x01",
        "expected text in UTF-8 at byte 1 of the fields",
    );
}

#[test]
fn times_that_do_not_exist() {
    let nanos = 1_000_000_000_u32.to_be_bytes();
    let duration = [&[0; 8], &nanos[..]].concat();
    refused::<Duration>(&duration, "expected a duration at byte 0 of the fields");
    refused::<NaiveDate>(&[0xFF; 4], "expected a date at byte 0 of the fields");
    refused::<NaiveDate>(&[0; 4], "expected a date at byte 0 of the fields");
    refused::<jiff::civil::Date>(&[0xFF; 4], "expected a date at byte 0 of the fields");
    refused::<jiff::civil::Date>(&[0; 4], "expected a date at byte 0 of the fields");
    let midnight = [&86_400_u32.to_be_bytes(), &[0; 4][..]].concat();
    refused::<NaiveTime>(&midnight, "expected a time of day at byte 0 of the fields");
    refused::<jiff::civil::Time>(&midnight, "expected a time of day at byte 0 of the fields");
    // A second that is more than a leap second, and for jiff any leap second.
    let long = [[0; 4], 2_000_000_000_u32.to_be_bytes()].concat();
    refused::<NaiveTime>(&long, "expected a time of day at byte 0 of the fields");
    let leap = [&[0; 4], &nanos[..]].concat();
    refused::<jiff::civil::Time>(&leap, "expected a time of day at byte 0 of the fields");
    for end in [[0; 12], [0xFF; 12]] {
        refused::<DateTime<Utc>>(&end, "expected a time in UTC at byte 0 of the fields");
        refused::<jiff::Timestamp>(&end, "expected a timestamp at byte 0 of the fields");
    }
}

#[derive(StateKey, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[state(namespace = "letters", value = u64)]
struct Letters {
    name: String,
    count: u16,
}

fn letters(name: &str) -> Letters {
    Letters {
        name: name.to_owned(),
        count: 1,
    }
}

#[test]
fn a_key_with_more_or_less_than_its_fields_names_itself_and_its_layout() {
    let key = encode_key(&letters("a")).unwrap();
    assert_eq!(key.as_bytes(), b"letters\0a\0\x01\0\x01");
    for bytes in [&key.as_bytes()[..12], b"letters\0a\0\x01\0\x01\0"] {
        let key = Key::new(bytes, bytes.len()).unwrap();
        let error = decode_key::<Letters>(&key).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Corrupt);
        assert_eq!(error.key(), Some(key.to_string().as_str()));
        assert!(error.to_string().contains(Letters::LAYOUT), "{error}");
    }
}

#[test]
fn a_key_of_another_namespace_is_not_decoded() {
    for foreign in [&b"letter\0sa\0\x01\0\x01"[..], b"letters2\0a\0\x01\0\x01"] {
        let key = Key::new(foreign, foreign.len()).unwrap();
        let error = decode_key::<Letters>(&key).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Corrupt);
        assert!(error.to_string().contains("`letters`"), "{error}");
    }
}

#[test]
fn the_longest_key_is_taken_and_one_byte_more_is_refused() {
    let others = b"letters\0".len() + 2 + 2;
    let longest = letters(&"x".repeat(MAX_KEY_LEN - others));
    let key = encode_key(&longest).unwrap();
    assert_eq!(key.as_bytes().len(), MAX_KEY_LEN);
    assert_eq!(decode_key::<Letters>(&key).unwrap(), longest);
    let error = encode_key(&letters(&"x".repeat(MAX_KEY_LEN - others + 1))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    // Zero bytes count twice.
    let error = encode_key(&letters(&"\0".repeat(MAX_KEY_LEN / 2))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge);
}

/// Keys lie in an array up to some length and on the heap past it: no length between may differ.
#[test]
fn keys_of_every_length_keep_their_bytes() {
    for len in 0..200 {
        let name: String = "abcdefg".chars().cycle().take(len).collect();
        let key = encode_key(&letters(&name)).unwrap();
        let expected = [b"letters\0", name.as_bytes(), &[0, 1, 0, 1]].concat();
        assert_eq!(key.as_bytes(), expected);
        assert_eq!(key.partition(), &expected[8..]);
        assert_eq!(decode_key::<Letters>(&key).unwrap(), letters(&name));
        assert_eq!(Key::new(&expected[..], expected.len()).unwrap(), key);
        let descending = Desc(name.clone());
        let bytes = crate::bytes::encoded(&descending);
        let inverted: Vec<u8> = [name.as_bytes(), &[0, 1]]
            .concat()
            .iter()
            .map(|byte| !byte)
            .collect();
        assert_eq!(bytes, inverted);
    }
}
