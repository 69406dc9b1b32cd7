use super::super::page::PageBuffer;
use super::super::record::Record;
use super::{key, record};
use crate::backend::{Direction, Projection};
use crate::clock::Timestamp;
use crate::error::ErrorKind;

const NOW: Timestamp = Timestamp::from_millis(1_000);

fn push(buffer: &mut PageBuffer, name: &[u8], record: &Record) {
    let (_, stored) = record.clone().into_stored(&key(name));
    buffer.push(key(name).as_bytes(), &stored).unwrap();
}

#[test]
fn a_page_gives_keys_values_and_lifetimes() {
    let mut buffer = PageBuffer::new(10, Direction::Forward, Projection::Entries, NOW);
    push(&mut buffer, b"a", &record(b"one", None));
    push(&mut buffer, b"b", &record(b"gone", Some(1_000)));
    push(&mut buffer, b"c", &record(b"", Some(1_001)));
    let items = buffer.finish().unwrap();
    let seen: Vec<_> = items
        .iter()
        .map(|item| (item.key.clone(), item.entry.value.to_vec()))
        .collect();
    assert_eq!(
        seen,
        [(key(b"a"), b"one".to_vec()), (key(b"c"), Vec::new())]
    );
    let ttls: Vec<_> = items.iter().map(|item| item.entry.ttl).collect();
    assert_eq!(ttls, [None, crate::backend::Ttl::from_millis(1)]);
    assert!(items.iter().all(|item| item.key.partition_end() == 5));
}

#[test]
fn a_page_of_keys_has_no_values() {
    let mut buffer = PageBuffer::new(10, Direction::Forward, Projection::Keys, NOW);
    push(&mut buffer, b"a", &record(b"one", None));
    push(&mut buffer, b"b", &record(b"two", Some(2_000)));
    let items = buffer.finish().unwrap();
    assert!(items.iter().all(|item| item.entry.value.is_empty()));
    let keys: Vec<_> = items.into_iter().map(|item| item.key).collect();
    assert_eq!(keys, [key(b"a"), key(b"b")]);
}

#[test]
fn a_page_is_full_by_rows_by_bytes_and_by_what_it_looked_at() {
    let mut rows = PageBuffer::new(2, Direction::Forward, Projection::Entries, NOW);
    push(&mut rows, b"a", &record(b"one", None));
    assert!(!rows.is_full());
    push(&mut rows, b"b", &record(b"two", None));
    assert!(rows.is_full());

    let mut bytes = PageBuffer::new(usize::MAX, Direction::Forward, Projection::Entries, NOW);
    push(&mut bytes, b"a", &record(&vec![0; 8 << 20], None));
    assert!(bytes.is_full());

    let mut expired = PageBuffer::new(usize::MAX, Direction::Forward, Projection::Entries, NOW);
    let (_, stored) = record(b"gone", Some(0)).into_stored(&key(b"a"));
    while !expired.is_full() {
        expired.push(key(b"a").as_bytes(), &stored).unwrap();
    }
    assert!(expired.finish().unwrap().is_empty());
}

#[test]
fn rows_out_of_order_are_an_error() {
    for direction in [Direction::Forward, Direction::Reverse] {
        let mut buffer = PageBuffer::new(10, direction, Projection::Entries, NOW);
        push(&mut buffer, b"b", &record(b"one", Some(2_000)));
        let wrong = match direction {
            Direction::Forward => b"a",
            Direction::Reverse => b"c",
        };
        for name in [b"b", wrong] {
            let (_, stored) = record(b"two", None).into_stored(&key(name));
            let error = buffer.push(key(name).as_bytes(), &stored).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Corrupt);
        }
    }
}

#[test]
fn a_damaged_row_is_an_error() {
    for projection in [Projection::Entries, Projection::Keys] {
        let mut buffer = PageBuffer::new(10, Direction::Forward, projection, NOW);
        let (_, stored) = record(b"value", None).into_stored(&key(b"a"));
        let mut damaged = stored.to_vec();
        *damaged.last_mut().unwrap() ^= 1;
        let error = buffer.push(key(b"a").as_bytes(), &damaged).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Corrupt);
        assert!(error.to_string().contains("test\\x00a"), "{error}");
    }
}
