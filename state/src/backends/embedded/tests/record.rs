use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::super::record::{
    Record, decode, decode_joined, index_end, index_row, peek_expiry, split_index_row,
};
use super::{key, record};
use crate::clock::Timestamp;
use crate::error::ErrorKind;

fn stored(name: &[u8], record: &Record) -> Vec<u8> {
    record.clone().into_stored(&key(name)).1.to_vec()
}

/// The examples of `docs/format.md`.
#[test]
fn records_have_the_documented_bytes() {
    let plain = stored(b"a", &record(b"\x18\x01x", None));
    let expiring = stored(b"a", &record(b"", Some(1_577_836_800_000)));
    let rest = "00 00 05 01 23 45 67 89 ab cd ef 18 01 78";
    assert_eq!(hex(&plain), format!("87 18 69 44 {rest}"));
    let rest = "01 00 05 01 23 45 67 89 ab cd ef 00 00 01 6f 5e 66 e8 00";
    assert_eq!(hex(&expiring), format!("53 23 e6 59 {rest}"));
    let row = index_row(Timestamp::from_millis(1_577_836_800_000), b"test\0a");
    assert_eq!(hex(&row), "80 00 01 6f 5e 66 e8 00 74 65 73 74 00 61");
}

fn hex(bytes: &[u8]) -> String {
    let bytes: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    bytes.join(" ")
}

fn records() -> impl Strategy<Value = Record> {
    (vec(any::<u8>(), 0..40), option::of(any::<i64>()))
        .prop_map(|(value, expires)| record(&value, expires))
}

fn names() -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), 0..20)
}

/// Both ways to read a record.
fn is_refused(key: &[u8], stored: &[u8]) -> bool {
    let joined = [key, stored.get(4..).unwrap_or_default()].concat();
    let one = decode(key, stored);
    let two = decode_joined(key, stored, &joined);
    assert_eq!(one.is_err(), two.is_err());
    one.is_err_and(|error| error.kind() == ErrorKind::Corrupt)
}

proptest! {
    #[test]
    fn decoding_inverts_encoding(name in names(), record in records()) {
        let bytes = stored(&name, &record);
        prop_assert_eq!(Record::decode(&key(&name), &bytes).unwrap(), record.clone());
        prop_assert_eq!(peek_expiry(&bytes), record.expires);
        let (header, value) = decode(key(&name).as_bytes(), &bytes).unwrap();
        prop_assert_eq!(value, &record.value);
        prop_assert_eq!(header.value_at, bytes.len() - value.len());
        prop_assert_eq!(header.partition_end, 5);
    }

    #[test]
    fn every_flipped_bit_is_found(name in names(), record in records()) {
        let key = key(&name);
        let bytes = stored(&name, &record);
        for bit in 0..bytes.len() * 8 {
            let mut bytes = bytes.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            prop_assert!(is_refused(key.as_bytes(), &bytes), "bit {}", bit);
        }
        for bit in 0..key.as_bytes().len() * 8 {
            let mut key = key.as_bytes().to_vec();
            key[bit / 8] ^= 1 << (bit % 8);
            prop_assert!(is_refused(&key, &bytes), "bit {} of the key", bit);
        }
    }

    #[test]
    fn every_truncation_is_found(name in names(), record in records()) {
        let bytes = stored(&name, &record);
        for len in 0..bytes.len() {
            prop_assert!(is_refused(key(&name).as_bytes(), &bytes[..len]), "{} bytes", len);
        }
        let longer = [bytes.as_slice(), &[0]].concat();
        prop_assert!(is_refused(key(&name).as_bytes(), &longer));
    }

    /// The checksum covers key and record one after the other, and their border, too.
    #[test]
    fn no_byte_moves_from_the_key_to_the_record(name in names(), record in records()) {
        let key = key(&name);
        let bytes = stored(&name, &record);
        let (checksum, covered) = bytes.split_at(4);
        let (rest, last) = key.as_bytes().split_at(key.as_bytes().len() - 1);
        let moved = [checksum, last, covered].concat();
        prop_assert!(is_refused(rest, &moved));
        let (first, covered) = covered.split_at(1);
        let moved = [checksum, covered].concat();
        prop_assert!(is_refused(&[key.as_bytes(), first].concat(), &moved));
    }

    #[test]
    fn bytes_of_anybody_are_refused_or_read(key in names(), bytes in vec(any::<u8>(), 0..40)) {
        prop_assert!(is_refused(&key, &bytes));
        let _ = peek_expiry(&bytes);
        let _ = split_index_row(&bytes);
    }

    #[test]
    fn index_rows_are_in_the_order_of_their_time(
        a in (any::<i64>(), names()),
        b in (any::<i64>(), names()),
        now in any::<i64>(),
    ) {
        let row = |(at, name): &(i64, Vec<u8>)| index_row(Timestamp::from_millis(*at), name);
        prop_assert_eq!(a.cmp(&b), row(&a).cmp(&row(&b)));
        let read = row(&a);
        let (at, name) = split_index_row(&read).unwrap();
        prop_assert_eq!((at.as_millis(), name), (a.0, a.1.as_slice()));
        let now = Timestamp::from_millis(now);
        let before_end = row(&a).as_slice() < index_end(now).as_slice();
        prop_assert_eq!(before_end, at <= now || now == Timestamp::MAX && at < now);
    }
}
