//! Bytes of keys keep their meaning for ever: `tests/fixtures/keys` is only ever added to.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::num::NonZero;
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, NaiveDate, NaiveTime};
use jiff::{Timestamp, civil};
use typed_state::key::{KeyField, KeyReader};
use typed_state::{Desc, TotalF32, TotalF64};
use uuid::Uuid;

use crate::bytes::{encoded, hex, lines};

const FIELDS: &str = include_str!("../../fixtures/keys/fields.txt");

#[track_caller]
fn keeps<F: KeyField + PartialEq + Debug>(bytes: &[u8], field: &F) {
    assert_eq!(hex(&encoded(field)), hex(bytes));
    let mut reader = KeyReader::new(bytes);
    assert_eq!(&F::decode_field(&mut reader).unwrap(), field);
    reader.finish().unwrap();
}

#[test]
fn fields_are_read_and_written_as_released() {
    let fixture = lines(FIELDS);
    let mut seen = BTreeSet::new();
    macro_rules! check {
        ($($name:literal $field:expr),* $(,)?) => {$(
            let field = $field;
            match fixture.get($name) {
                Some(bytes) => keeps(bytes, &field),
                None => panic!("add `{} {}`", $name, hex(&encoded(&field))),
            }
            seen.insert($name);
        )*};
    }
    let leap = NaiveTime::from_hms_nano_opt(23, 59, 59, 1_500_000_000).unwrap();
    check!(
        "u8-0" 0_u8,
        "u8-255" 255_u8,
        "u16-258" 258_u16,
        "u32-1" 1_u32,
        "u64-max" u64::MAX,
        "u64-7" 7_u64,
        "u128-1" 1_u128,
        "i8-min" i8::MIN,
        "i8-minus-1" -1_i8,
        "i8-0" 0_i8,
        "i16-1" 1_i16,
        "i32-minus-1" -1_i32,
        "i64-min" i64::MIN,
        "i64-minus-42" -42_i64,
        "i64-max" i64::MAX,
        "i128-0" 0_i128,
        "non-zero-u16-1" NonZero::new(1_u16).unwrap(),
        "non-zero-i16-minus-1" NonZero::new(-1_i16).unwrap(),
        "bool-false" false,
        "bool-true" true,
        "char-a" 'a',
        "char-max" char::MAX,
        "string-empty" String::new(),
        "string-a" "a".to_owned(),
        "string-nul" "a\0b".to_owned(),
        "string-nuls" "\0\0".to_owned(),
        "string-wide" "größe 🦀".to_owned(),
        "bytes-empty" Vec::<u8>::new(),
        "bytes-ends" vec![0_u8, 1, 254, 255],
        "shared-bytes" Bytes::from_static(&[255, 0]),
        "array-u8" [0_u8, 1, 255],
        "array-i16" [-1_i16, 1],
        "array-string" ["a".to_owned(), String::new()],
        "array-empty" [0_u64; 0],
        "option-none" None::<String>,
        "option-some" Some("a".to_owned()),
        "option-nested" Some(None::<bool>),
        "tuple-2" ("a".to_owned(), 1_u8),
        "tuple-3" (true, -1_i8, vec![0_u8]),
        "tuple-4" (1_u8, 2_u8, 3_u8, 4_u8),
        "desc-u16" Desc(1_u16),
        "desc-i8" Desc(-1_i8),
        "desc-string" Desc("a\0b".to_owned()),
        "desc-option" Desc(None::<u8>),
        "desc-desc-string" Desc(Desc("a".to_owned())),
        "desc-inside-tuple" ("a".to_owned(), Desc("b".to_owned())),
        "total-f32-1" TotalF32(1.0),
        "total-f32-minus-1" TotalF32(-1.0),
        "total-f64-0" TotalF64(0.0),
        "total-f64-minus-0" TotalF64(-0.0),
        "total-f64-infinity" TotalF64(f64::INFINITY),
        "total-f64-minus-infinity" TotalF64(f64::NEG_INFINITY),
        "total-f64-nan" TotalF64(f64::from_bits(0x7FF8_0000_0000_0000)),
        "total-f64-minus-nan" TotalF64(f64::from_bits(0xFFF8_0000_0000_0000)),
        "duration" Duration::new(1, 500_000_000),
        "uuid" Uuid::from_u128(0x0011_2233_4455_6677_8899_AABB_CCDD_EEFF),
        "chrono-date-epoch" NaiveDate::from_ymd_opt(1970, 1, 1).unwrap(),
        "chrono-date-before" NaiveDate::from_ymd_opt(1969, 12, 31).unwrap(),
        "chrono-time" NaiveTime::from_hms_nano_opt(12, 34, 56, 789).unwrap(),
        "chrono-time-leap" leap,
        "chrono-date-time" NaiveDate::from_ymd_opt(2024, 2, 29).unwrap().and_hms_opt(1, 2, 3).unwrap(),
        "chrono-utc" DateTime::from_timestamp(1_700_000_000, 123_456_789).unwrap(),
        "chrono-utc-before" DateTime::from_timestamp(-1, 999_999_999).unwrap(),
        "jiff-date-epoch" civil::date(1970, 1, 1),
        "jiff-date-before" civil::date(1969, 12, 31),
        "jiff-time" civil::time(12, 34, 56, 789),
        "jiff-date-time" civil::date(2024, 2, 29).at(1, 2, 3, 0),
        "jiff-timestamp" Timestamp::new(1_700_000_000, 123_456_789).unwrap(),
        "jiff-timestamp-before" Timestamp::new(0, -1).unwrap(),
    );
    assert_eq!(
        seen,
        fixture.keys().copied().collect(),
        "every line is checked"
    );
}

/// A program may change from one library of time to the other without rewriting its keys.
#[test]
fn both_libraries_of_time_write_the_same_bytes() {
    let fixture = lines(FIELDS);
    for (chrono, jiff) in [
        ("chrono-date-epoch", "jiff-date-epoch"),
        ("chrono-date-before", "jiff-date-before"),
        ("chrono-time", "jiff-time"),
        ("chrono-date-time", "jiff-date-time"),
        ("chrono-utc", "jiff-timestamp"),
        ("chrono-utc-before", "jiff-timestamp-before"),
    ] {
        assert_eq!(fixture[chrono], fixture[jiff], "{chrono} {jiff}");
    }
}
