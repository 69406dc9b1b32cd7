use std::collections::btree_map::Entry as Slotted;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use bytes::Bytes;

use crate::backend::{Entry, Item, Key, Projection, Revision, Ttl};
use crate::clock::Timestamp;

/// All entries with the versions that live snapshots see, and an index of their expiries.
#[derive(Default)]
pub(super) struct Versions {
    slots: BTreeMap<Key, Slot>,
    /// Of live records alone: exactly those that expire.
    expiries: BTreeSet<(Timestamp, Key)>,
    /// The number of the newest commit.
    sequence: u64,
    /// The commits after which live snapshots were taken, and how many at each.
    snapshots: BTreeMap<u64, usize>,
    /// Keys that hold versions for snapshots.
    kept: BTreeSet<Key>,
}

/// The versions of one key.
struct Slot {
    newest: Version,
    /// What live snapshots see of the past, oldest first.
    older: Vec<Version>,
}

struct Version {
    /// The commit that made it.
    sequence: u64,
    /// `None` where the commit removed the entry.
    record: Option<Record>,
}

/// What is stored under a key.
#[derive(Clone)]
pub(super) struct Record {
    pub(super) value: Bytes,
    pub(super) revision: Revision,
    pub(super) expires: Option<Timestamp>,
}

impl Record {
    pub(super) fn is_live(&self, now: Timestamp) -> bool {
        self.expires.is_none_or(|expires| expires > now)
    }

    /// The entry, unless it has expired; `now` is asked only of one that expires.
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

    pub(super) fn to_item(&self, key: &Key, projection: Projection, now: Timestamp) -> Item {
        let value = match projection {
            Projection::Entries => self.value.clone(),
            Projection::Keys => Bytes::new(),
        };
        let ttl = self.expires.and_then(|expires| time_left(expires, now));
        Item {
            key: key.clone(),
            entry: Entry {
                value,
                revision: self.revision,
                ttl,
            },
        }
    }
}

/// `None` once it has expired.
fn time_left(expires: Timestamp, now: Timestamp) -> Option<Ttl> {
    Ttl::from_millis(expires.as_millis().saturating_sub(now.as_millis()))
}

impl Versions {
    /// The newest record of a key, expired or not.
    pub(super) fn get(&self, key: &Key) -> Option<&Record> {
        self.slots.get(key)?.newest.record.as_ref()
    }

    /// Begins a commit: its records are of one sequence number.
    pub(super) fn begin(&mut self) {
        self.sequence += 1;
    }

    /// Puts a record, or removes it, as part of the commit that was begun.
    pub(super) fn set(&mut self, key: Key, record: Option<Record>) {
        let Self {
            slots,
            expiries,
            sequence,
            snapshots,
            kept,
        } = self;
        let newest = Version {
            sequence: *sequence,
            record,
        };
        let mut slot = match slots.entry(key) {
            Slotted::Occupied(slot) => slot,
            Slotted::Vacant(vacant) => {
                if let Some(record) = &newest.record {
                    if let Some(expires) = record.expires {
                        expiries.insert((expires, vacant.key().clone()));
                    }
                    vacant.insert(Slot {
                        newest,
                        older: Vec::new(),
                    });
                }
                return;
            }
        };
        let expires = newest.expires();
        let before = std::mem::replace(&mut slot.get_mut().newest, newest);
        if before.expires() != expires {
            if let Some(expired) = before.expires() {
                expiries.remove(&(expired, slot.key().clone()));
            }
            if let Some(expires) = expires {
                expiries.insert((expires, slot.key().clone()));
            }
        }
        if snapshots
            .last_key_value()
            .is_some_and(|(taken_after, _)| before.sequence <= *taken_after)
        {
            slot.get_mut().older.push(before);
            kept.insert(slot.key().clone());
        }
        if slot.get().is_empty() {
            slot.remove();
        }
    }

    /// The newest records whose key bytes lie within `bounds`, in order.
    pub(super) fn range<'a>(
        &'a self,
        bounds: (Bound<&[u8]>, Bound<&[u8]>),
    ) -> impl DoubleEndedIterator<Item = (&'a Key, &'a Record)> + use<'a> {
        let records = self.slots.range::<[u8], _>(bounds);
        records.filter_map(|(key, slot)| Some((key, slot.newest.record.as_ref()?)))
    }

    /// Keeps what is there now until [`release`](Self::release), and gives its number.
    pub(super) fn hold(&mut self) -> u64 {
        *self.snapshots.entry(self.sequence).or_default() += 1;
        self.sequence
    }

    /// The records that the snapshot saw whose key bytes lie within `bounds`, in order.
    pub(super) fn range_at<'a>(
        &'a self,
        snapshot: u64,
        bounds: (Bound<&[u8]>, Bound<&[u8]>),
    ) -> impl Iterator<Item = (&'a Key, &'a Record)> + use<'a> {
        let records = self.slots.range::<[u8], _>(bounds);
        records.filter_map(move |(key, slot)| Some((key, slot.at(snapshot)?)))
    }

    /// Ends a snapshot; true where versions may be freed now.
    pub(super) fn release(&mut self, snapshot: u64) -> bool {
        let Some(holders) = self.snapshots.get_mut(&snapshot) else {
            return false;
        };
        *holders -= 1;
        let last = *holders == 0;
        if last {
            self.snapshots.remove(&snapshot);
        }
        last
    }

    /// Frees versions that no snapshot sees, of at most `limit` keys from the one after `after` on; gives where
    /// to go on, `None` at the end.
    pub(super) fn free(&mut self, after: Option<&Key>, limit: usize) -> Option<Key> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let keys: Vec<Key> = self
            .kept
            .range::<Key, _>((from, Bound::Unbounded))
            .take(limit)
            .cloned()
            .collect();
        for key in &keys {
            let Some(slot) = self.slots.get_mut(key) else {
                continue;
            };
            slot.keep_only(&self.snapshots);
            if slot.older.is_empty() {
                if slot.is_empty() {
                    self.slots.remove(key);
                }
                self.kept.remove(key);
            }
        }
        if keys.len() < limit {
            None
        } else {
            keys.into_iter().next_back()
        }
    }

    /// The keys of at most `limit` records that have expired.
    pub(super) fn expired(&self, now: Timestamp, limit: usize) -> Vec<Key> {
        let expired = self
            .expiries
            .iter()
            .take_while(|(expires, _)| *expires <= now);
        expired.take(limit).map(|(_, key)| key.clone()).collect()
    }
}

impl Slot {
    fn is_empty(&self) -> bool {
        self.newest.record.is_none() && self.older.is_empty()
    }

    /// The record that a snapshot sees.
    fn at(&self, snapshot: u64) -> Option<&Record> {
        let mut versions = std::iter::once(&self.newest).chain(self.older.iter().rev());
        versions
            .find(|version| version.sequence <= snapshot)?
            .record
            .as_ref()
    }

    /// Drops the versions of the past that none of `snapshots` sees.
    fn keep_only(&mut self, snapshots: &BTreeMap<u64, usize>) {
        let mut ends: Vec<u64> = self
            .older
            .iter()
            .skip(1)
            .map(|version| version.sequence)
            .collect();
        ends.push(self.newest.sequence);
        let mut ends = ends.into_iter();
        self.older.retain(|version| {
            let end = ends.next().unwrap_or(version.sequence);
            version.sequence < end && snapshots.range(version.sequence..end).next().is_some()
        });
    }
}

impl Version {
    fn expires(&self) -> Option<Timestamp> {
        self.record.as_ref()?.expires
    }
}
