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
    pub metadata: Option<Bytes>,
}

impl Row {
    /// How many bytes it has in a decoded chunk.
    pub(super) fn encoded_len(&self) -> usize {
        let metadata = self.metadata.as_ref().map_or(0, |bytes| 4 + bytes.len());
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
        out.extend_from_slice(self.metadata.as_deref().unwrap_or_default());
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
pub(super) fn decode(bytes: &Bytes) -> Result<Rows> {
    match bytes.split_first() {
        Some((&VERSION, _)) => Ok(Rows {
            left: bytes.slice(1..),
            number: 0,
        }),
        Some((version, _)) => Err(damaged(format!(
            "is of version {version}, and this program knows version {VERSION} alone"
        ))),
        None => Err(damaged("has no bytes".to_owned())),
    }
}

/// What is left of a decoded chunk; nothing more after the first error.
#[derive(Debug)]
pub(super) struct Rows {
    left: Bytes,
    number: u64,
}

impl Iterator for Rows {
    type Item = Result<Row>;

    fn next(&mut self) -> Option<Result<Row>> {
        if self.left.is_empty() {
            return None;
        }
        self.number += 1;
        let row = self.read();
        if row.is_err() {
            self.left.clear();
        }
        Some(row)
    }
}

impl Rows {
    fn read(&mut self) -> Result<Row> {
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
        let key = self.take(key_len)?;
        let key = Key::new(KeyBytes::from(&key[..]), partition_end)
            .map_err(|error| self.wrong("has no key").with_source(error))?
            .with_index(flags & INDEXED != 0);
        let value = self.take(addressable(value_len))?;
        let metadata = metadata_len.map(|len| self.take(addressable(len)));
        Ok(Row {
            key,
            value,
            expires,
            metadata: metadata.transpose()?,
        })
    }

    fn fixed<const N: usize>(&mut self) -> Result<[u8; N]> {
        let bytes = self.take(N)?;
        <[u8; N]>::try_from(&bytes[..]).map_err(|_| self.wrong("is cut off"))
    }

    fn take(&mut self, len: usize) -> Result<Bytes> {
        if len > self.left.len() {
            return Err(self.wrong("is cut off"));
        }
        Ok(self.left.split_to(len))
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
