use std::collections::BTreeMap;

use redb::ReadTransaction;

use super::Shared;
use super::cache::Known;
use super::engine::{ENTRIES, Entries, Fault};
use super::lookup::find;
use super::record::Record;
use crate::backend::Key;
use crate::clock::Timestamp;
use crate::error::Result;

/// The changes of all requests that share one commit of the engine, in the order of the keys.
///
/// Each request sees the changes of those before it. As the one writer decides them, what the engine and the
/// cache have is what stands beneath.
pub(super) struct Group<'a> {
    shared: &'a Shared,
    read: Option<(ReadTransaction, Entries)>,
    changes: BTreeMap<Key, Option<Record>>,
    /// What the changes of the present request replaced, to take it back.
    undo: Vec<(Key, Option<Known>)>,
    stale_rows: Vec<Vec<u8>>,
    bytes: usize,
}

/// What a group changes.
#[derive(Default)]
pub(super) struct Changes {
    /// The new record of each key, or none.
    pub(super) records: BTreeMap<Key, Option<Record>>,
    /// Rows of the expiry index that no record stands behind.
    pub(super) stale_rows: Vec<Vec<u8>>,
}

impl<'a> Group<'a> {
    pub(super) const fn new(shared: &'a Shared) -> Self {
        Self {
            shared,
            read: None,
            changes: BTreeMap::new(),
            undo: Vec::new(),
            stale_rows: Vec::new(),
            bytes: 0,
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.shared.clock.now()
    }

    /// About how many bytes it will write.
    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn into_changes(self) -> Changes {
        Changes {
            records: self.changes,
            stale_rows: self.stale_rows,
        }
    }

    /// The record under a key after the requests so far, expired or not.
    pub(super) fn stored(&mut self, key: &Key) -> Result<Option<Record>> {
        if let Some(change) = self.changes.get(key) {
            return Ok(change.clone());
        }
        if let Some(Known(record)) = self.shared.cache.peek(key) {
            return Ok(record);
        }
        let (_, entries) = self.read()?;
        find(entries, key)
    }

    /// The live entry under a key after the requests so far.
    pub(super) fn live(&mut self, key: &Key, now: Timestamp) -> Result<Option<Record>> {
        Ok(self.stored(key)?.filter(|record| record.is_live(now)))
    }

    /// Begins a request.
    pub(super) fn begin(&mut self) {
        self.undo.clear();
    }

    /// Takes back the request's changes.
    pub(super) fn roll_back(&mut self) {
        while let Some((key, before)) = self.undo.pop() {
            match before {
                Some(Known(before)) => self.changes.insert(key, before),
                None => self.changes.remove(&key),
            };
        }
    }

    pub(super) fn set(&mut self, key: Key, record: Option<Record>) {
        let value = record.as_ref().map_or(0, |record| record.value.len());
        self.bytes = self.bytes.saturating_add(key.as_bytes().len() + value + 64);
        let before = self.changes.insert(key.clone(), record).map(Known);
        self.undo.push((key, before));
    }

    pub(super) fn is_changed(&self, key: &Key) -> bool {
        self.changes.contains_key(key)
    }

    pub(super) fn remove_stale_row(&mut self, row: Vec<u8>) {
        self.stale_rows.push(row);
    }

    /// The engine's state beneath the group.
    pub(super) fn read(&mut self) -> Result<&(ReadTransaction, Entries)> {
        let read = if let Some(read) = self.read.take() {
            read
        } else {
            let transaction = self.shared.engine.begin_read()?;
            let entries = transaction.open_table(ENTRIES).map_err(Fault::from)?;
            (transaction, entries)
        };
        Ok(self.read.insert(read))
    }
}
