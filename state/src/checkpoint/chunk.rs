//! The decoded bytes of a chunk: rows, one after the other. `docs/format.md` draws them.

use bytes::Bytes;

use crate::backend::{Key, KeyBytes};
use crate::clock::Timestamp;
use crate::error::{Error, ErrorKind, Result};

/// The first byte of a decoded chunk.
const VERSION: u8 = 1;

const EXPIRES: u8 = 1;
const INDEXED: u8 = 1 << 1;
const METADATA: u8 = 1 << 2;

/// The bytes of a row that every one has: flags, the partition's end, the lengths of key and value.
const FIXED: usize = 1 + 2 + 2 + 4;

/// An entry as a checkpoint has it. Of revisions nothing is kept: what is restored is written anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The key.
    pub key: Key,
    /// The value's bytes.
    pub value: Bytes,
    /// The moment from which on it is gone, by the store's clock.
    pub expires: Option<Timestamp>,
    /// What stands beside the value, as JSON.
    pub metadata: Option<Box<str>>,
}

impl Row {
    /// How many bytes its key and its value have.
    pub(super) fn len(&self) -> usize {
        self.key.as_bytes().len() + self.value.len()
    }

    /// How many bytes it has in a decoded chunk.
    pub(super) fn encoded_len(&self) -> usize {
        let metadata = self.metadata.as_ref().map_or(0, |json| 4 + json.len());
        let expires = self.expires.map_or(0, |_| 8);
        FIXED + expires + metadata + self.key.as_bytes().len() + self.value.len()
    }

    /// Writes it at the end of a decoded chunk.
    ///
    /// # Errors
    /// [`ErrorKind::TooLarge`] where the value or its metadata has 4 GiB or more.
    pub(super) fn encode(&self, out: &mut Vec<u8>) -> Result<()> {
        let too_large = |_| {
            let wrong = "a value of 4 GiB or more has no place in a checkpoint";
            Error::new(ErrorKind::TooLarge, wrong).at_key(&self.key)
        };
        let key = self.key.as_bytes();
        let short = |len: usize| u16::try_from(len).map_err(too_large);
        let long = |len: usize| u32::try_from(len).map_err(too_large);
        let flag = |is_set, flag| if is_set { flag } else { 0 };
        out.push(
            flag(self.expires.is_some(), EXPIRES)
                | flag(self.key.is_indexed(), INDEXED)
                | flag(self.metadata.is_some(), METADATA),
        );
        out.extend(short(self.key.partition_end())?.to_be_bytes());
        out.extend(short(key.len())?.to_be_bytes());
        out.extend(long(self.value.len())?.to_be_bytes());
        if let Some(expires) = self.expires {
            out.extend(expires.as_millis().to_be_bytes());
        }
        if let Some(metadata) = &self.metadata {
            out.extend(long(metadata.len())?.to_be_bytes());
        }
        out.extend_from_slice(key);
        out.extend_from_slice(&self.value);
        out.extend_from_slice(self.metadata.as_deref().unwrap_or_default().as_bytes());
        Ok(())
    }
}

/// A decoded chunk without rows, to which they are added.
pub(super) fn empty(capacity: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(capacity);
    bytes.push(VERSION);
    bytes
}

/// The decoded chunk of these rows.
///
/// # Errors
/// As [`Row::encode`].
#[cfg(test)]
pub(super) fn encode<'r>(rows: impl IntoIterator<Item = &'r Row>) -> Result<Vec<u8>> {
    let mut bytes = empty(0);
    for row in rows {
        row.encode(&mut bytes)?;
    }
    Ok(bytes)
}

/// The rows of a decoded chunk, each when it is asked for; values share the chunk's bytes.
///
/// # Errors
/// [`ErrorKind::Corrupt`] where the bytes are not a chunk's; it says what is wrong, not which chunk it is.
pub(super) fn decode(bytes: Bytes) -> Result<Rows> {
    match bytes.first() {
        Some(&VERSION) => Ok(Rows {
            bytes,
            at: 1,
            number: 0,
        }),
        Some(version) => Err(damaged(format!(
            "is of version {version}, and this program knows version {VERSION} alone"
        ))),
        None => Err(damaged("has no bytes".to_owned())),
    }
}

/// A row whose value lies in a decoded chunk.
#[derive(Debug)]
pub(super) struct RowRef<'c> {
    pub(super) key: Key,
    pub(super) value: &'c [u8],
    pub(super) metadata: Option<&'c str>,
    expires: Option<Timestamp>,
}

/// The rows of a decoded chunk from some place on; none after the first error.
#[derive(Debug)]
pub(super) struct Rows {
    bytes: Bytes,
    /// Where the next begins.
    at: usize,
    number: u64,
}

impl Iterator for Rows {
    type Item = Result<Row>;

    fn next(&mut self) -> Option<Result<Row>> {
        let Rows { bytes, at, number } = self;
        let row = next_in(bytes, at, number)?;
        Some(row.map(|row| Row {
            key: row.key,
            value: bytes.slice_ref(row.value),
            expires: row.expires,
            metadata: row.metadata.map(Into::into),
        }))
    }
}

impl Rows {
    /// The next row where it lies.
    pub(super) fn next_ref(&mut self) -> Option<Result<RowRef<'_>>> {
        next_in(&self.bytes, &mut self.at, &mut self.number)
    }
}

fn next_in<'c>(bytes: &'c [u8], at: &mut usize, number: &mut u64) -> Option<Result<RowRef<'c>>> {
    let left = bytes.get(*at..).filter(|left| !left.is_empty())?;
    *number += 1;
    let mut fields = Fields {
        left,
        number: *number,
    };
    let row = fields.row();
    *at = match row {
        Ok(_) => bytes.len() - fields.left.len(),
        Err(_) => bytes.len(),
    };
    Some(row)
}

/// What is left of the bytes from a row on.
struct Fields<'c> {
    left: &'c [u8],
    number: u64,
}

impl<'c> Fields<'c> {
    fn row(&mut self) -> Result<RowRef<'c>> {
        let [flags] = self.fixed()?;
        if flags & !(EXPIRES | INDEXED | METADATA) != 0 {
            return Err(self.wrong(&format!("has the unknown flags {flags:#04x}")));
        }
        let partition_end = usize::from(u16::from_be_bytes(self.fixed()?));
        let key_len = usize::from(u16::from_be_bytes(self.fixed()?));
        let value_len = u32::from_be_bytes(self.fixed()?);
        let expires = match flags & EXPIRES {
            0 => None,
            _ => Some(Timestamp::from_millis(i64::from_be_bytes(self.fixed()?))),
        };
        let metadata_len = match flags & METADATA {
            0 => None,
            _ => Some(u32::from_be_bytes(self.fixed()?)),
        };
        let key = Key::new(KeyBytes::from(self.take(key_len)?), partition_end)
            .map_err(|error| self.wrong("has no key").with_source(error))?
            .with_index(flags & INDEXED != 0);
        let value = self.take(addressable(value_len))?;
        let metadata = metadata_len.map(|len| self.text(addressable(len)));
        Ok(RowRef {
            key,
            value,
            expires,
            metadata: metadata.transpose()?,
        })
    }

    fn fixed<const N: usize>(&mut self) -> Result<[u8; N]> {
        match self.left.split_first_chunk() {
            Some((bytes, left)) => {
                self.left = left;
                Ok(*bytes)
            }
            None => Err(self.wrong("is cut off")),
        }
    }

    fn take(&mut self, len: usize) -> Result<&'c [u8]> {
        match self.left.split_at_checked(len) {
            Some((bytes, left)) => {
                self.left = left;
                Ok(bytes)
            }
            None => Err(self.wrong("is cut off")),
        }
    }

    fn text(&mut self, len: usize) -> Result<&'c str> {
        let text = std::str::from_utf8(self.take(len)?);
        text.map_err(|_| self.wrong("has metadata that is not text"))
    }

    fn wrong(&self, what: &str) -> Error {
        damaged(format!("is damaged: its row {} {what}", self.number))
    }
}

/// A length that the machine cannot address is larger than what is there.
fn addressable(len: u32) -> usize {
    usize::try_from(len).unwrap_or(usize::MAX)
}

fn damaged(what: String) -> Error {
    Error::new(ErrorKind::Corrupt, what)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rows() -> impl Strategy<Value = Vec<Row>> {
        let bytes = || prop::collection::vec(any::<u8>(), 0..40);
        let expires = prop::option::of(any::<i64>());
        let row = (
            bytes(),
            bytes(),
            prop::option::of(any::<String>()),
            expires,
            any::<bool>(),
        );
        let row = row.prop_map(|(fields, value, metadata, expires, indexed)| {
            let key = [&b"name\0"[..], &fields].concat();
            Row {
                key: Key::new(&key[..], 5 + fields.len() / 2)
                    .unwrap()
                    .with_index(indexed),
                value: value.into(),
                expires: expires.map(Timestamp::from_millis),
                metadata: metadata.map(Into::into),
            }
        });
        prop::collection::vec(row, 0..5)
    }

    fn read(bytes: impl Into<Bytes>) -> Result<Vec<Row>> {
        decode(bytes.into())?.collect()
    }

    proptest! {
        #[test]
        fn rows_come_back(rows in rows()) {
            let bytes = encode(&rows).unwrap();
            let len: usize = rows.iter().map(Row::encoded_len).sum();
            prop_assert_eq!(bytes.len(), 1 + len);
            let read = read(bytes).unwrap();
            for (read, row) in read.iter().zip(&rows) {
                prop_assert_eq!(read.key.is_indexed(), row.key.is_indexed());
                prop_assert_eq!(read.key.partition_end(), row.key.partition_end());
            }
            prop_assert_eq!(read, rows);
        }

        #[test]
        fn what_is_cut_off_is_no_more_than_its_whole_rows(rows in rows(), cut in any::<prop::sample::Index>()) {
            let bytes = encode(&rows).unwrap();
            let cut = cut.index(bytes.len());
            let whole = read(bytes.get(..cut).unwrap().to_vec());
            if let Ok(whole) = whole {
                prop_assert_eq!(encode(&whole).unwrap().len(), cut);
            }
        }

        #[test]
        fn any_bytes_are_rows_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let bytes = [&[VERSION][..], &bytes].concat();
            if let Ok(rows) = read(bytes.clone()) {
                prop_assert_eq!(encode(&rows).unwrap(), bytes);
            }
        }
    }

    #[test]
    fn the_documented_bytes_are_those_of_the_row() {
        let row = Row {
            key: Key::new(&b"visits\0home\0\x01"[..], 13).unwrap(),
            value: Bytes::copy_from_slice(&crate::backend::encode_counter(7)),
            expires: Some(Timestamp::from_millis(1_577_840_400_000)),
            metadata: None,
        };
        let format = include_str!("../../../docs/format.md");
        let (_, drawn) = format.split_once("as the only entry of a chunk:").unwrap();
        let drawn = drawn
            .split("```")
            .nth(1)
            .unwrap()
            .strip_prefix("text")
            .unwrap();
        let drawn = drawn
            .split_whitespace()
            .map(|byte| u8::from_str_radix(byte, 16).unwrap());
        let drawn: Vec<u8> = drawn.collect();
        assert_eq!(encode([&row]).unwrap(), drawn);
        assert_eq!(read(drawn).unwrap(), [row]);
    }
}
