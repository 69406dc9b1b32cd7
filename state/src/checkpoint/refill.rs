//! The rows of a checkpoint on their way into a store.

use super::chunk::Row;
use super::fences;
use super::how::How;
use super::lease::Lease;
use super::left_out::{Part, part_of};
use super::lifetimes::Lifetimes;
use super::restore::Restored;
use super::writes::Writes;
use crate::backend::{Backend, Write};
use crate::error::Result;
use crate::store::Store;

/// The most writes that are sent together, and the most bytes of their keys and values, but for the last.
const BATCH: usize = 1_000;
const BATCH_BYTES: usize = 1 << 20;

/// Puts rows into a store as long as the lease lasts, and counts what it did.
pub(super) struct Refill<'r, B: Backend> {
    pub(super) store: &'r Store<B>,
    pub(super) lease: &'r Lease<B>,
    pub(super) lifetimes: Lifetimes,
    pub(super) how: How,
    pub(super) writes: Writes<'r, B>,
    pub(super) restored: Restored,
}

impl<B: Backend> Refill<'_, B> {
    /// Sends the rows of a chunk.
    pub(super) async fn put(&mut self, mut rows: Vec<Row>) -> Result<()> {
        let fences: Vec<_> = rows
            .extract_if(.., |row| part_of(&row.key) == Part::Fence)
            .collect();
        rows.retain(|row| part_of(&row.key) == Part::State);
        let mut rows = rows.into_iter().peekable();
        while rows.peek().is_some() {
            let batch = self.batch(&mut rows);
            self.lease.keep().await?;
            self.writes.send(batch).await?;
        }
        self.lease.keep().await?;
        let raised = fences::raise(self.store, &fences);
        let raised = self.writes.meanwhile(raised).await?;
        self.restored.entries += raised;
        self.restored.kept += fences.len() as u64 - raised;
        Ok(())
    }

    fn batch(&mut self, rows: &mut impl Iterator<Item = Row>) -> Vec<Write> {
        let (mut batch, mut bytes) = (Vec::new(), 0);
        while bytes < BATCH_BYTES && batch.len() < BATCH {
            let Some(row) = rows.next() else { break };
            bytes += row.len();
            batch.push(self.write(row));
        }
        batch
    }

    fn write(&mut self, row: Row) -> Write {
        let Some(expiry) = self.lifetimes.of(&row) else {
            self.restored.expired += 1;
            // An earlier attempt, or what is replaced, may have it.
            return Write::Delete { key: row.key };
        };
        self.restored.entries += 1;
        let Row { key, value, .. } = row;
        match row.metadata {
            Some(metadata) if !self.how.drops_metadata => Write::PutWithMetadata {
                key,
                value,
                metadata,
                expiry,
            },
            dropped => {
                self.restored.without_metadata += u64::from(dropped.is_some());
                Write::Put { key, value, expiry }
            }
        }
    }
}
