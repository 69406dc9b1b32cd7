use bytes::Bytes;

use super::lookup::misplaced;
use super::record::{CHECKSUM_LEN, decode_joined, time_left};
use crate::backend::{Direction, Entry, Item, Key, KeyBytes, Projection, Revision};
use crate::clock::Timestamp;
use crate::error::Result;

/// From how many bytes on a page takes no more rows.
const MAX_BYTES: usize = 4 << 20;
/// How many rows a page looks at, so that a long run of expired ones does not hold up the reader.
const MAX_ROWS: usize = 50_000;

/// Rows of the engine, gathered in one buffer that all keys and values of a page share.
pub(super) struct PageBuffer {
    bytes: Vec<u8>,
    rows: Vec<Row>,
    seen: usize,
    now: Timestamp,
    direction: Direction,
    projection: Projection,
    limit: usize,
}

/// Where a row lies in the buffer: its key, then its value to where the next begins.
struct Row {
    key: usize,
    value: usize,
    end: usize,
    partition_end: u16,
    indexed: bool,
    revision: Revision,
    expires: Option<Timestamp>,
}

impl Row {
    /// Between the key and the value lies the header.
    const fn key_end(&self) -> usize {
        self.value - if self.expires.is_some() { 19 } else { 11 }
    }
}

impl PageBuffer {
    /// A buffer for at most `limit` rows that are alive at `now`.
    pub(super) fn new(
        limit: usize,
        direction: Direction,
        projection: Projection,
        now: Timestamp,
    ) -> Self {
        Self {
            bytes: Vec::new(),
            rows: Vec::with_capacity(limit.min(1_024)),
            seen: 0,
            now,
            direction,
            projection,
            limit,
        }
    }

    /// Whether it takes no more.
    pub(super) const fn is_full(&self) -> bool {
        self.rows.len() >= self.limit || self.bytes.len() >= MAX_BYTES || self.seen >= MAX_ROWS
    }

    /// Takes a row of the engine, unless it has expired.
    ///
    /// # Errors
    /// [`Corrupt`](crate::ErrorKind::Corrupt) where the record is damaged, or does not come after the one before it.
    pub(super) fn push(&mut self, key: &[u8], stored: &[u8]) -> Result<()> {
        self.seen += 1;
        if self.last_key().is_some_and(|last| match self.direction {
            Direction::Forward => key <= last,
            Direction::Reverse => key >= last,
        }) {
            return Err(misplaced(key));
        }
        let start = self.bytes.len();
        self.bytes.extend_from_slice(key);
        let covered_at = self.bytes.len();
        self.bytes
            .extend_from_slice(stored.get(CHECKSUM_LEN..).unwrap_or_default());
        let joined = self.bytes.get(start..).unwrap_or_default();
        let (header, _) = decode_joined(key, stored, joined)?;
        if header.expires.is_some_and(|expires| expires <= self.now) {
            self.bytes.truncate(start);
            return Ok(());
        }
        let value = covered_at + header.value_at - CHECKSUM_LEN;
        if self.projection == Projection::Keys {
            self.bytes.truncate(value);
        }
        self.rows.push(Row {
            key: start,
            value,
            end: self.bytes.len(),
            partition_end: header.partition_end,
            indexed: header.indexed,
            revision: header.revision,
            expires: header.expires,
        });
        Ok(())
    }

    fn last_key(&self) -> Option<&[u8]> {
        let last = self.rows.last()?;
        self.bytes.get(last.key..last.key_end())
    }

    /// The items.
    pub(super) fn finish(self) -> Result<Vec<Item>> {
        let now = self.now;
        let bytes = Bytes::from(self.bytes);
        let item = |row: Row| {
            let partition_end = usize::from(row.partition_end);
            let key = KeyBytes::from(bytes.slice(row.key..row.key_end()));
            Ok(Item {
                key: Key::new(key, partition_end)?.with_index(row.indexed),
                entry: Entry {
                    value: bytes.slice(row.value..row.end),
                    revision: row.revision,
                    ttl: row.expires.and_then(|expires| time_left(expires, now)),
                },
            })
        };
        self.rows.into_iter().map(item).collect()
    }
}
