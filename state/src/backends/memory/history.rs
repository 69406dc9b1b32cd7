use std::collections::BTreeMap;
use std::ops::Bound;

use super::stored::Stored;
use crate::backend::Key;

/// The versions that open snapshots see and the map no longer holds.
///
/// A snapshot stands at the number of the newest change when it was taken, and sees the version with
/// `since <= snapshot < until`. So the newest snapshot alone decides whether a version that is being
/// superseded is kept, and its two neighbours decide what the end of a snapshot frees.
#[derive(Debug, Default)]
pub(super) struct History {
    /// The open snapshots: how many stand at each number.
    open: BTreeMap<u64, usize>,
    /// The newest open snapshot; 0, before the first change, where there is none.
    newest: u64,
    versions: BTreeMap<Key, Vec<Superseded>>,
    /// The same versions by the change that superseded them.
    ends: BTreeMap<u64, Vec<Key>>,
}

#[derive(Debug)]
struct Superseded {
    version: Stored,
    until: u64,
}

impl History {
    /// Opens a snapshot at `sequence`, which is never below an earlier one.
    pub(super) fn open(&mut self, sequence: u64) {
        *self.open.entry(sequence).or_insert(0) += 1;
        self.newest = sequence;
    }

    /// Ends a snapshot; [`free`](Self::free) then gives back what it held.
    pub(super) fn close(&mut self, sequence: u64) {
        if let Some(count) = self.open.get_mut(&sequence) {
            *count -= 1;
            if *count == 0 {
                self.open.remove(&sequence);
            }
        }
        self.newest = self.open.last_key_value().map_or(0, |(&newest, _)| newest);
    }

    /// Whether an open snapshot sees the version.
    pub(super) const fn is_seen(&self, version: &Stored) -> bool {
        version.since <= self.newest
    }

    /// Keeps `version`, which the change `until` replaced, where a snapshot sees it.
    pub(super) fn supersede(&mut self, key: &Key, version: Stored, until: u64) {
        if self.is_seen(&version) {
            self.ends.entry(until).or_default().push(key.clone());
            self.versions
                .entry(key.clone())
                .or_default()
                .push(Superseded { version, until });
        }
    }

    /// Frees what no open snapshot sees of the versions that only `closed` may have held.
    ///
    /// It looks at the changes after `position` until it has seen `limit` versions, and gives the
    /// position to go on from, or `None` at the end.
    pub(super) fn free(&mut self, closed: u64, position: u64, limit: usize) -> Option<u64> {
        if self.open.contains_key(&closed) {
            return None;
        }
        let older = self.open.range(..closed).next_back();
        let older = older.map_or(0, |(&older, _)| older);
        let newer = self.open.range(closed..).next();
        let newer = newer.map_or(Bound::Unbounded, |(&newer, _)| Bound::Included(newer));
        let versions = &mut self.versions;
        let mut looked_at = 0;
        let mut emptied = Vec::new();
        let mut position = position.max(closed);
        let mut ended = true;
        for (&until, keys) in self.ends.range_mut((Bound::Excluded(position), newer)) {
            looked_at += keys.len();
            keys.retain(|key| !release(versions, key, until, older));
            if keys.is_empty() {
                emptied.push(until);
            }
            position = until;
            if looked_at >= limit {
                ended = false;
                break;
            }
        }
        for until in emptied {
            self.ends.remove(&until);
        }
        (!ended).then_some(position)
    }

    /// The keys after `from` that have versions here, each with the one that the snapshot sees, if any.
    pub(super) fn seen_at(
        &self,
        sequence: u64,
        from: Bound<&[u8]>,
        to: Bound<&[u8]>,
    ) -> impl Iterator<Item = (&Key, Option<&Stored>)> {
        self.versions
            .range::<[u8], _>((from, to))
            .map(move |(key, chain)| {
                let seen = chain
                    .iter()
                    .find(|kept| kept.version.since <= sequence && sequence < kept.until);
                (key, seen.map(|kept| &kept.version))
            })
    }
}

#[cfg(test)]
impl History {
    pub(super) fn is_empty(&self) -> bool {
        self.versions.is_empty() && self.ends.is_empty()
    }

    /// Each kept version is seen by an open snapshot, and stands once under the change that replaced it.
    pub(super) fn check(&self) {
        let mut ends = Vec::new();
        for (key, chain) in &self.versions {
            assert!(!chain.is_empty(), "an empty chain of {key}");
            for (first, second) in chain.iter().zip(chain.iter().skip(1)) {
                assert!(
                    first.until <= second.version.since,
                    "{key} twice at one moment"
                );
            }
            for kept in chain {
                let seen = self.open.range(kept.version.since..kept.until).next();
                assert!(seen.is_some(), "nobody sees {kept:?} of {key}");
                ends.push((kept.until, key.clone()));
            }
        }
        let mut indexed: Vec<_> = self
            .ends
            .iter()
            .flat_map(|(&until, keys)| keys.iter().map(move |key| (until, key.clone())))
            .collect();
        ends.sort();
        indexed.sort();
        assert_eq!(ends, indexed);
        assert!(self.ends.values().all(|keys| !keys.is_empty()));
    }
}

/// Frees the version of `key` that the change `until` replaced, unless the snapshot at `older` sees it,
/// and tells whether it did.
fn release(
    versions: &mut BTreeMap<Key, Vec<Superseded>>,
    key: &Key,
    until: u64,
    older: u64,
) -> bool {
    let Some(chain) = versions.get_mut(key) else {
        return true;
    };
    if chain
        .iter()
        .any(|kept| kept.until == until && kept.version.since <= older)
    {
        return false;
    }
    chain.retain(|kept| kept.until != until);
    if chain.is_empty() {
        versions.remove(key);
    }
    true
}
