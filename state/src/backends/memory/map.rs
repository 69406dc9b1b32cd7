use std::collections::BTreeSet;
use std::collections::btree_map::{BTreeMap, Entry as Place};
use std::mem;

use bytes::Bytes;

use super::history::History;
use super::now::Now;
use super::stored::Stored;
use crate::backend::{Expiry, Key, Revision};
use crate::clock::Timestamp;

/// The entries in the order of their keys, the index of those that expire, and what snapshots still see.
#[derive(Debug, Default)]
pub(super) struct Map {
    pub(super) entries: BTreeMap<Key, Stored>,
    /// Each stored entry that expires, exactly once, expired or not.
    pub(super) expiries: BTreeSet<(Timestamp, Key)>,
    pub(super) history: History,
    /// The number of the newest change.
    sequence: u64,
}

impl Map {
    /// The number of the newest change.
    pub(super) const fn sequence(&self) -> u64 {
        self.sequence
    }

    /// Begins a change: what follows until the next one becomes visible to snapshots together.
    pub(super) const fn begin(&mut self) {
        self.sequence += 1;
    }

    /// The live entry.
    pub(super) fn live(&self, key: &Key, now: &Now<'_>) -> Option<&Stored> {
        self.entries.get(key).filter(|stored| stored.is_live(now))
    }

    pub(super) fn put(
        &mut self,
        key: Key,
        value: Bytes,
        revision: Revision,
        expiry: Expiry,
        now: &Now<'_>,
    ) {
        let since = self.sequence;
        let stored = |expires| Stored {
            value,
            revision,
            expires,
            since,
        };
        match self.entries.entry(key) {
            Place::Vacant(place) => {
                let expires = resolve(expiry, None, now);
                if let Some(at) = expires {
                    self.expiries.insert((at, place.key().clone()));
                }
                place.insert(stored(expires));
            }
            Place::Occupied(mut place) => {
                let before = place.get();
                let kept = before.expires.filter(|_| before.is_live(now));
                let expires = resolve(expiry, kept, now);
                if before.expires != expires {
                    reindex(&mut self.expiries, place.key(), before.expires, expires);
                }
                let before = mem::replace(place.get_mut(), stored(expires));
                self.history.supersede(place.key(), before, since);
            }
        }
    }

    /// Removes the entry and tells whether it was live.
    pub(super) fn delete(&mut self, key: &Key, now: &Now<'_>) -> bool {
        let Some((key, before)) = self.entries.remove_entry(key) else {
            return false;
        };
        let live = before.is_live(now);
        reindex(&mut self.expiries, &key, before.expires, None);
        self.history.supersede(&key, before, self.sequence);
        live
    }

    /// Changes the expiry of a live entry and tells whether there was one.
    pub(super) fn touch(&mut self, key: &Key, expiry: Expiry, now: &Now<'_>) -> bool {
        let Some(stored) = self
            .entries
            .get_mut(key)
            .filter(|stored| stored.is_live(now))
        else {
            return false;
        };
        let expires = resolve(expiry, stored.expires, now);
        if stored.expires != expires {
            reindex(&mut self.expiries, key, stored.expires, expires);
            if self.history.is_seen(stored) {
                self.history.supersede(key, stored.clone(), self.sequence);
            }
            stored.expires = expires;
            stored.since = self.sequence;
        }
        true
    }

    /// Removes the entry that expires first, if it has.
    pub(super) fn sweep_one(&mut self, now: &Now<'_>) -> bool {
        match self.expiries.first() {
            Some((expires, _)) if *expires <= now.get() => {}
            _ => return false,
        }
        let Some((_, key)) = self.expiries.pop_first() else {
            return false;
        };
        if let Some(before) = self.entries.remove(&key) {
            self.history.supersede(&key, before, self.sequence);
        }
        true
    }
}

/// The moment of expiry; reads the clock only where it must.
fn resolve(expiry: Expiry, earlier: Option<Timestamp>, now: &Now<'_>) -> Option<Timestamp> {
    match expiry {
        Expiry::Never => None,
        Expiry::Keep => earlier,
        Expiry::After(_) => expiry.resolve(now.get(), earlier),
    }
}

fn reindex(
    expiries: &mut BTreeSet<(Timestamp, Key)>,
    key: &Key,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
) {
    if let Some(at) = from {
        expiries.remove(&(at, key.clone()));
    }
    if let Some(at) = to {
        expiries.insert((at, key.clone()));
    }
}
