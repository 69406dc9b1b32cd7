use bytes::Bytes;

use super::lookup::misplaced;
use super::record::{CHECKSUM_LEN, Header, decode_joined, split, time_left};
use crate::backend::{Direction, Entry, Item, Key, KeyBytes, Projection};
use crate::clock::Timestamp;
use crate::error::Result;

/// From how many bytes on a page takes no more rows.
const MAX_BYTES: usize = 4 << 20;
/// How many rows a page looks at, so that a long run of expired ones does not hold up the reader.
const MAX_ROWS: usize = 50_000;
/// Keys up to this length are copied into their items, which is cheaper than sharing the buffer.
const INLINE_KEY: usize = 62;

/// Rows of the engine, gathered in one buffer that all values of a page share.
pub(super) struct PageBuffer {
    /// Row after row: the key, then what its checksum covers of the record.
    bytes: Vec<u8>,
    rows: Vec<Row>,
    seen: usize,
    now: Timestamp,
    direction: Direction,
    projection: Projection,
    limit: usize,
}

/// Where a row ends in the buffer, and where its key does; it begins where the one before ends.
struct Row {
    key_end: usize,
    end: usize,
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
        let covered = stored.get(CHECKSUM_LEN..).unwrap_or_default();
        let start = self.bytes.len();
        if start == 0 {
            // The other rows are like the first, as far as one can know.
            let row = key.len() + covered.len();
            let all = row
                .saturating_mul(self.limit.min(MAX_ROWS))
                .min(MAX_BYTES / 4);
            self.bytes.reserve(all.max(row));
        }
        self.bytes.extend_from_slice(key);
        let key_end = self.bytes.len();
        self.bytes.extend_from_slice(covered);
        let joined = self.bytes.get(start..).unwrap_or_default();
        let (header, _) = decode_joined(key, stored, joined)?;
        if header.expires.is_some_and(|expires| expires <= self.now) {
            self.bytes.truncate(start);
            return Ok(());
        }
        if self.projection == Projection::Keys {
            self.bytes
                .truncate(key_end + header.value_at - CHECKSUM_LEN);
        }
        let end = self.bytes.len();
        self.rows.push(Row { key_end, end });
        Ok(())
    }

    fn last_key(&self) -> Option<&[u8]> {
        let (last, before) = self.rows.split_last()?;
        let start = before.last().map_or(0, |row| row.end);
        self.bytes.get(start..last.key_end)
    }

    /// The items.
    pub(super) fn finish(self) -> Result<Vec<Item>> {
        let bytes = Bytes::from(self.bytes);
        let mut items = Vec::with_capacity(self.rows.len());
        let mut start = 0;
        for Row { key_end, end } in self.rows {
            let key = bytes.get(start..key_end).unwrap_or_default();
            // Its checksum was right, so it splits.
            let covered = bytes.get(key_end..end).unwrap_or_default();
            let (header, value) = split(covered).ok_or_else(|| misplaced(key))?;
            let value = bytes.slice(end - value.len()..end);
            let key = if key.len() <= INLINE_KEY {
                KeyBytes::from(key)
            } else {
                KeyBytes::from(bytes.slice(start..key_end))
            };
            items.push(item(key, header, value, self.now)?);
            start = end;
        }
        Ok(items)
    }
}

fn item(key: KeyBytes, header: Header, value: Bytes, now: Timestamp) -> Result<Item> {
    Ok(Item {
        key: Key::new(key, usize::from(header.partition_end))?.with_index(header.indexed),
        entry: Entry {
            value,
            revision: header.revision,
            ttl: header.expires.and_then(|expires| time_left(expires, now)),
        },
        metadata: None,
    })
}
