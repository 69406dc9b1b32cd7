use std::future::Future;
use std::num::NonZeroUsize;
use std::ops::Bound;
use std::pin::Pin;

use super::Memory;
use super::range::page;
use super::scan::{namespace_end, namespace_start};
use crate::backend::{Consistency, Cursor, Item, Projection, Snapshot, SnapshotReader};
use crate::clock::Timestamp;
use crate::error::Result;

/// How many keys are freed under the lock at a time.
const FREE_STEP: usize = 1_000;

impl Memory {
    pub(super) fn take_snapshot(&self, namespace: Option<&str>) -> Snapshot {
        let mut versions = self.write();
        let taken_at = self.now();
        let reader = Reader {
            memory: self.clone(),
            number: versions.hold(),
            taken_at,
            start: namespace.map_or(Bound::Unbounded, |namespace| {
                Bound::Included(namespace_start(namespace))
            }),
            end: namespace.map_or(Bound::Unbounded, |namespace| {
                Bound::Excluded(namespace_end(namespace))
            }),
            ended: false,
        };
        drop(versions);
        Snapshot::new(taken_at, Consistency::PointInTime, reader)
    }
}

struct Reader {
    memory: Memory,
    number: u64,
    taken_at: Timestamp,
    start: Bound<Vec<u8>>,
    end: Bound<Vec<u8>>,
    ended: bool,
}

impl Reader {
    fn next_items(&mut self, limit: NonZeroUsize) -> Vec<Item> {
        if self.ended {
            return Vec::new();
        }
        let versions = self.memory.read();
        let bounds = (
            self.start.as_ref().map(Vec::as_slice),
            self.end.as_ref().map(Vec::as_slice),
        );
        let records = versions.range_at(self.number, bounds);
        let page = page(records, self.taken_at, limit.get(), |key, record| {
            record.to_item(key, Projection::Entries, self.taken_at)
        });
        match page.next.as_ref().map(Cursor::as_bytes) {
            Some(last) => self.start = Bound::Excluded(last.to_vec()),
            None => self.ended = true,
        }
        page.items
    }
}

impl SnapshotReader for Reader {
    fn next<'a>(
        &'a mut self,
        limit: NonZeroUsize,
    ) -> Pin<Box<dyn Future<Output = Result<Vec<Item>>> + Send + 'a>> {
        let items = self.next_items(limit);
        Box::pin(std::future::ready(Ok(items)))
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        if !self.memory.write().release(self.number) {
            return;
        }
        let mut after = None;
        while let Some(last) = {
            let mut versions = self.memory.write();
            versions.free(after.as_ref(), FREE_STEP)
        } {
            after = Some(last);
        }
    }
}
