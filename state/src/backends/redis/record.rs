//! The bytes of an entry's string value.
//!
//! ```text
//! 0   1  layout 1 in the high four bits; bit 0: ranges over the key's namespace are read
//! 1   2  where the partition ends in the key, big-endian
//! 3   8  revision, big-endian
//! 11  .. value
//! ```
//! When it expires is not among them: that is the Redis key's own expiry.

use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};

use crate::backend::{Entry, Item, Key, KeyBytes, Revision, Ttl};
use crate::error::{Error, ErrorKind, Result};

/// How many bytes come before the value.
pub(super) const HEADER_LEN: usize = 11;
/// The longest value: what Redis takes as one string (512 MiB), less the header.
pub(super) const MAX_VALUE_LEN: usize = (512 << 20) - HEADER_LEN;

const LAYOUT: u8 = 0x10;
const INDEXED: u8 = 0x01;

/// What comes before the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) indexed: bool,
    pub(super) partition_end: u16,
    pub(super) revision: Revision,
}

impl Header {
    pub(super) fn of(key: &Key, revision: Revision) -> Self {
        Self {
            indexed: key.is_indexed(),
            // A key is no longer than `MAX_KEY_LEN`.
            partition_end: u16::try_from(key.partition_end()).unwrap_or(u16::MAX),
            revision,
        }
    }

    pub(super) fn encode(self) -> [u8; HEADER_LEN] {
        let [e0, e1] = self.partition_end.to_be_bytes();
        let [r0, r1, r2, r3, r4, r5, r6, r7] = self.revision.to_bits().to_be_bytes();
        let flags = LAYOUT | if self.indexed { INDEXED } else { 0 };
        [flags, e0, e1, r0, r1, r2, r3, r4, r5, r6, r7]
    }

    /// Reads the header of a record; `None` where it has none.
    pub(super) fn decode(record: &[u8]) -> Option<Self> {
        let (&[flags, e0, e1, r0, r1, r2, r3, r4, r5, r6, r7], _) =
            record.split_first_chunk::<HEADER_LEN>()?;
        (flags & !INDEXED == LAYOUT).then_some(Self {
            indexed: flags & INDEXED != 0,
            partition_end: u16::from_be_bytes([e0, e1]),
            revision: Revision::from_bits(u64::from_be_bytes([r0, r1, r2, r3, r4, r5, r6, r7])),
        })
    }
}

/// The record of a value.
///
/// # Errors
/// [`TooLarge`](ErrorKind::TooLarge) past [`MAX_VALUE_LEN`].
pub(super) fn encode(key: &Key, revision: Revision, value: &[u8]) -> Result<Bytes> {
    let header = header(key, revision, value)?;
    let mut record = BytesMut::with_capacity(HEADER_LEN + value.len());
    record.put_slice(&header);
    record.put_slice(value);
    Ok(record.freeze())
}

/// What comes before a value in its record.
///
/// # Errors
/// As [`encode`].
pub(super) fn header(key: &Key, revision: Revision, value: &[u8]) -> Result<[u8; HEADER_LEN]> {
    if value.len() > MAX_VALUE_LEN {
        let wrong = format!(
            "the value has {} bytes, and Redis takes {MAX_VALUE_LEN}; nothing was written",
            value.len()
        );
        return Err(Error::new(ErrorKind::TooLarge, wrong).at_key(key));
    }
    Ok(Header::of(key, revision).encode())
}

/// The entry in a record.
///
/// # Errors
/// [`Corrupt`](ErrorKind::Corrupt) where it is none.
pub(super) fn decode(key: &Key, record: Bytes, ttl: Option<Ttl>) -> Result<Entry> {
    let header = Header::decode(&record).ok_or_else(|| foreign().at_key(key))?;
    Ok(entry(header, record, ttl))
}

/// The entry in a record that was found under the bytes of a key.
///
/// # Errors
/// As [`decode`], and where the record is not that of a key of these bytes.
pub(super) fn decode_found(key: &[u8], record: Bytes, ttl: Option<Ttl>) -> Result<Item> {
    let header = Header::decode(&record).ok_or_else(foreign)?;
    let key = Key::new(KeyBytes::from(key), usize::from(header.partition_end))?
        .with_index(header.indexed);
    Ok(Item {
        key,
        entry: entry(header, record, ttl),
        metadata: None,
    })
}

fn entry(header: Header, mut record: Bytes, ttl: Option<Ttl>) -> Entry {
    record.advance(HEADER_LEN);
    Entry {
        value: record,
        revision: header.revision,
        ttl,
    }
}

pub(super) fn foreign() -> Error {
    Error::new(
        ErrorKind::Corrupt,
        "the stored bytes are not an entry: another program uses the same `key_prefix`, or a newer version of this one",
    )
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use proptest::prelude::*;

    use super::{HEADER_LEN, Header, decode, decode_found, encode};
    use crate::backend::{Key, Revision};

    proptest! {
        #[test]
        fn a_record_reads_as_it_was_written(revision: u64, indexed: bool, value: Vec<u8>) {
            let key = Key::new(&b"orders\0acme\0\x01\x07"[..], 12).unwrap().with_index(indexed);
            let revision = Revision::from_bits(revision);
            let record = encode(&key, revision, &value).unwrap();
            let entry = decode(&key, record.clone(), None).unwrap();
            prop_assert_eq!((&entry.value[..], entry.revision), (&value[..], revision));
            let item = decode_found(key.as_bytes(), record, None).unwrap();
            prop_assert_eq!(item.key.partition_end(), 12);
            prop_assert_eq!(item.key.is_indexed(), indexed);
        }

        #[test]
        fn any_bytes_are_a_record_or_an_error(bytes: Vec<u8>, name: Vec<u8>) {
            let key = Key::new(&b"n\0k"[..], 3).unwrap();
            let fine = bytes.len() >= HEADER_LEN && bytes[0] & 0xFE == 0x10;
            prop_assert_eq!(decode(&key, Bytes::from(bytes.clone()), None).is_ok(), fine);
            let _ = decode_found(&name, Bytes::from(bytes), None);
        }
    }

    #[test]
    fn golden_bytes() {
        let key = Key::new(&b"orders\0acme"[..], 11).unwrap().with_index(true);
        let record = encode(&key, Revision::from_bits(0x0102_0304_0506_0708), b"v").unwrap();
        assert_eq!(
            &record[..],
            b"\x11\x00\x0b\x01\x02\x03\x04\x05\x06\x07\x08v"
        );
        let header = Header::decode(&record).unwrap();
        assert_eq!(header.partition_end, 11);
    }
}
