mod cache;
mod page;
mod record;

use bytes::Bytes;

use super::record::Record;
use crate::backend::{Key, Revision};
use crate::clock::Timestamp;

fn key(name: &[u8]) -> Key {
    let bytes = [b"test\0".as_slice(), name].concat();
    Key::new(bytes.as_slice(), 5).unwrap()
}

fn record(value: &[u8], expires: Option<i64>) -> Record {
    Record {
        value: Bytes::copy_from_slice(value),
        revision: Revision::from_bits(0x0123_4567_89ab_cdef),
        expires: expires.map(Timestamp::from_millis),
    }
}
