//! The bytes of a record: what is stored under a key.
//!
//! ```text
//! 0   4  CRC-32 (IEEE) of the key's bytes and of all that follows, begun with the key's length
//! 4   1  flags: bit 0, it expires; bit 1, ranges over the key's namespace are read; the others are zero
//! 5   2  where the partition ends in the key
//! 7   8  revision
//! 15  8  when it expires, in milliseconds since the Unix epoch, signed; only with flag bit 0
//! ..     value
//! ```
//! All numbers are big-endian.

use bytes::Bytes;
use crc32fast::Hasher;

use crate::backend::{Entry, Escaped, Key, Revision, Ttl};
use crate::clock::Timestamp;
use crate::error::{Error, ErrorKind, Result};

const EXPIRES: u8 = 1;
const INDEXED: u8 = 2;
/// Where the checksum ends and what it covers begins.
pub(super) const CHECKSUM_LEN: usize = 4;

/// The longest value: 1 GiB.
pub(super) const MAX_VALUE_LEN: usize = 1 << 30;

/// What is stored under a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) value: Bytes,
    pub(super) revision: Revision,
    pub(super) expires: Option<Timestamp>,
}

impl Record {
    pub(super) fn is_live(&self, now: Timestamp) -> bool {
        self.expires.is_none_or(|expires| now < expires)
    }

    /// As a reader sees it; `None` once it has expired.
    pub(super) fn to_entry(&self, now: impl FnOnce() -> Timestamp) -> Option<Entry> {
        let ttl = match self.expires {
            Some(expires) => Some(time_left(expires, now())?),
            None => None,
        };
        Some(Entry {
            value: self.value.clone(),
            revision: self.revision,
            ttl,
        })
    }

    /// Reads a record from the bytes stored under `key`.
    pub(super) fn decode(key: &Key, stored: &[u8]) -> Result<Self> {
        let (header, value) = decode(key.as_bytes(), stored).map_err(|error| error.at_key(key))?;
        Ok(Self {
            value: Bytes::copy_from_slice(value),
            revision: header.revision,
            expires: header.expires,
        })
    }

    /// The record's bytes under `key`, and the record with its value in them.
    pub(super) fn into_stored(self, key: &Key) -> (Self, Bytes) {
        let stored = Bytes::from(self.encode(key));
        let value = stored.slice(stored.len() - self.value.len()..);
        (Self { value, ..self }, stored)
    }

    /// The record's bytes under `key`.
    fn encode(&self, key: &Key) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(CHECKSUM_LEN + 19 + self.value.len());
        bytes.extend_from_slice(&[0; CHECKSUM_LEN]);
        let expires = if self.expires.is_some() { EXPIRES } else { 0 };
        let indexed = if key.is_indexed() { INDEXED } else { 0 };
        bytes.push(expires | indexed);
        // A key's partition ends within `MAX_KEY_LEN`.
        let partition_end = u16::try_from(key.partition_end()).unwrap_or(u16::MAX);
        bytes.extend_from_slice(&partition_end.to_be_bytes());
        bytes.extend_from_slice(&self.revision.to_bits().to_be_bytes());
        if let Some(expires) = self.expires {
            bytes.extend_from_slice(&expires.as_millis().to_be_bytes());
        }
        bytes.extend_from_slice(&self.value);
        let mut hasher = begin(key.as_bytes());
        hasher.update(key.as_bytes());
        if let Some((checksum, covered)) = bytes.split_first_chunk_mut::<CHECKSUM_LEN>() {
            hasher.update(covered);
            *checksum = hasher.finalize().to_be_bytes();
        }
        bytes
    }
}

/// The time left of what expires at `expires`; `None` where there is none.
pub(super) fn time_left(expires: Timestamp, now: Timestamp) -> Option<Ttl> {
    Ttl::from_millis(expires.as_millis().saturating_sub(now.as_millis()))
}

/// A record's header, read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) partition_end: u16,
    pub(super) indexed: bool,
    pub(super) revision: Revision,
    pub(super) expires: Option<Timestamp>,
    /// How many bytes of the record come before its value.
    pub(super) value_at: usize,
}

/// Splits a record into its header and its value, after checking them against the key and the checksum.
///
/// # Errors
/// [`ErrorKind::Corrupt`] where they do not fit.
pub(super) fn decode<'a>(key: &[u8], stored: &'a [u8]) -> Result<(Header, &'a [u8])> {
    let mut hasher = begin(key);
    hasher.update(key);
    hasher.update(stored.get(CHECKSUM_LEN..).unwrap_or_default());
    check(key, stored, hasher)
}

/// As [`decode`], where `key_and_covered` holds the key and then what the checksum covers of `stored`, so that one pass does.
pub(super) fn decode_joined<'a>(
    key: &[u8],
    stored: &'a [u8],
    key_and_covered: &[u8],
) -> Result<(Header, &'a [u8])> {
    let mut hasher = begin(key);
    hasher.update(key_and_covered);
    check(key, stored, hasher)
}

/// The length of the key goes first, so that no byte can move from the key to the record.
fn begin(key: &[u8]) -> Hasher {
    Hasher::new_with_initial(u32::try_from(key.len()).unwrap_or(u32::MAX))
}

fn check<'a>(key: &[u8], stored: &'a [u8], hasher: Hasher) -> Result<(Header, &'a [u8])> {
    let checked = stored
        .split_first_chunk()
        .filter(|(checksum, _)| u32::from_be_bytes(**checksum) == hasher.finalize());
    checked
        .and_then(|(_, covered)| split(covered))
        .ok_or_else(|| corrupt(key))
}

#[cold]
fn corrupt(key: &[u8]) -> Error {
    Error::new(
        ErrorKind::Corrupt,
        format!(
            "the record under `{}` is damaged: its checksum does not fit; delete or overwrite the key, or restore a backup",
            Escaped(key)
        ),
    )
}

/// The header and the value in what the checksum covers of a record.
pub(super) fn split(covered: &[u8]) -> Option<(Header, &[u8])> {
    let (&flags, rest) = covered.split_first()?;
    let (partition_end, rest) = rest.split_first_chunk()?;
    let (revision, rest) = rest.split_first_chunk()?;
    if flags & !(EXPIRES | INDEXED) != 0 {
        return None;
    }
    let mut header = Header {
        partition_end: u16::from_be_bytes(*partition_end),
        indexed: flags & INDEXED != 0,
        revision: Revision::from_bits(u64::from_be_bytes(*revision)),
        expires: None,
        value_at: CHECKSUM_LEN + 11,
    };
    if flags & EXPIRES == 0 {
        return Some((header, rest));
    }
    let (expires, rest) = rest.split_first_chunk()?;
    header.expires = Some(Timestamp::from_millis(i64::from_be_bytes(*expires)));
    header.value_at += 8;
    Some((header, rest))
}

/// When a record expires, without the checksum: good enough to find its row in the index, whose every row
/// is checked against its record before it is believed.
pub(super) fn peek_expiry(stored: &[u8]) -> Option<Timestamp> {
    let (header, _) = split(stored.get(CHECKSUM_LEN..)?)?;
    header.expires
}

/// The row of the expiry index for `key`: the expiry in the order of its number, then the key.
pub(super) fn index_row(expires: Timestamp, key: &[u8]) -> Vec<u8> {
    [&ordered(expires)[..], key].concat()
}

/// What the first row of the index past all that has expired at `now` begins with.
pub(super) fn index_end(now: Timestamp) -> [u8; 8] {
    ordered(now.saturating_add(1))
}

/// The expiry and the key of a row of the index.
pub(super) fn split_index_row(row: &[u8]) -> Option<(Timestamp, &[u8])> {
    let (expires, key) = row.split_first_chunk()?;
    let expires = i64::from_be_bytes(*expires) ^ i64::MIN;
    Some((Timestamp::from_millis(expires), key))
}

/// Big-endian with the sign flipped, so that bytes order as numbers do.
const fn ordered(expires: Timestamp) -> [u8; 8] {
    (expires.as_millis() ^ i64::MIN).to_be_bytes()
}
