//! Where a chunk ends and the next begins. It is no part of the format: any cut can be read.

use xxhash_rust::xxh3::xxh3_64;

use super::chunk::{self, Row};
use super::tally::Tally;
use crate::error::Result;

/// A chunk that is large enough.
#[derive(Debug)]
pub(super) struct Full {
    pub(super) decoded: Vec<u8>,
    pub(super) tally: Tally,
}

/// Gathers rows to chunks, and ends them before keys that their hash picks: so what is put or deleted changes the chunk that it
/// is in, and those after it are as they were.
#[derive(Debug)]
pub(super) struct Chunker {
    target: usize,
    decoded: Vec<u8>,
    tally: Tally,
}

impl Chunker {
    /// Chunks of about `target` decoded bytes, from half of that to twice as many; of one row, whatever it has.
    pub(super) fn new(target: usize) -> Self {
        Self {
            target,
            decoded: chunk::empty(0),
            tally: Tally::default(),
        }
    }

    /// Adds a row; the chunk before it, where it ends that.
    ///
    /// # Errors
    /// As [`Row::encode`].
    pub(super) fn add(&mut self, row: &Row) -> Result<Option<Full>> {
        let (len, row_len) = (self.decoded.len(), row.encoded_len());
        let ends = self.tally.entries > 0
            && (len + row_len > self.target.saturating_mul(2)
                || (len >= self.target / 2 && self.picks(row.key.as_bytes(), row_len)));
        let full = ends.then(|| self.take());
        row.encode(&mut self.decoded)?;
        self.tally.add(&row.key, &row.value, row.metadata.is_some());
        Ok(full)
    }

    /// Ends the chunk here; what is in it, if anything is.
    pub(super) fn take_left(&mut self) -> Option<Full> {
        (self.tally.entries > 0).then(|| self.take())
    }

    /// With a probability of the row's part in half of the target, so that chunks have about the target's size
    /// however large their rows are.
    fn picks(&self, key: &[u8], row_len: usize) -> bool {
        let span = (self.target as u64 / 2).max(1);
        let share = (u64::MAX / span).saturating_mul(row_len as u64);
        xxh3_64(key) < share
    }

    fn take(&mut self) -> Full {
        let next = chunk::empty(self.decoded.len());
        Full {
            decoded: std::mem::replace(&mut self.decoded, next),
            tally: std::mem::take(&mut self.tally),
        }
    }
}
