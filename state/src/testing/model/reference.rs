use std::collections::BTreeMap;

use bytes::Bytes;
use smallvec::SmallVec;

use crate::backend::{
    Commit, Conflict, Effect, Expiry, FailedCondition, Key, Mutation, Outcome, Revision, Write,
    WriteBatch, decode_counter, encode_counter,
};
use crate::error::ErrorKind;

/// The contract in the plainest code: what every backend must agree with.
#[derive(Debug, Clone, Default)]
pub(super) struct Reference {
    /// Milliseconds since the history began.
    now: i64,
    /// Also those that have expired, until they are swept or written over.
    records: BTreeMap<Key, Record>,
    /// All revisions that ever stood under a key.
    earlier: BTreeMap<Key, Vec<Revision>>,
}

/// What stands under a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) value: Bytes,
    pub(super) revision: Revision,
    pub(super) expires: Option<i64>,
}

impl Reference {
    pub(super) const fn now(&self) -> i64 {
        self.now
    }

    pub(super) const fn elapse(&mut self, millis: i64) {
        self.now += millis;
    }

    pub(super) fn get(&self, key: &Key) -> Option<&Record> {
        self.records
            .get(key)
            .filter(|record| record.expires.is_none_or(|expires| self.now < expires))
    }

    /// The live entries for which `wanted` says so.
    pub(super) fn select(&self, wanted: impl Fn(&Key) -> bool) -> BTreeMap<Key, Record> {
        self.records
            .keys()
            .filter(|key| wanted(key))
            .filter_map(|key| Some((key.clone(), self.get(key)?.clone())))
            .collect()
    }

    /// A revision that stood under the key before, if one did.
    pub(super) fn earlier_revision(&self, key: &Key) -> Option<Revision> {
        let current = self.get(key).map(|record| record.revision);
        let earlier = self.earlier.get(key)?;
        earlier
            .iter()
            .rev()
            .find(|&&revision| Some(revision) != current)
            .copied()
    }

    /// Drops what has expired and tells how many that were.
    pub(super) fn sweep(&mut self) -> u64 {
        let before = self.records.len();
        let now = self.now;
        self.records
            .retain(|_, record| record.expires.is_none_or(|expires| now < expires));
        (before - self.records.len()) as u64
    }

    pub(super) fn commit(&mut self, commit: &Commit) -> Result<Outcome, ErrorKind> {
        let mut failed = Vec::new();
        for (index, condition) in commit.conditions().iter().enumerate() {
            let key = condition.key();
            let current = self.get(key).map(|record| record.revision);
            if !condition.holds(current) {
                let key = key.clone();
                failed.push(FailedCondition {
                    index,
                    key,
                    current,
                });
            }
        }
        if !failed.is_empty() {
            return Ok(Outcome::Conflict(Conflict { failed }));
        }
        let mut after = self.clone();
        let mut effects = SmallVec::new();
        for mutation in commit.mutations() {
            effects.push(after.apply(mutation, commit.revision())?);
        }
        *self = after;
        Ok(Outcome::Applied(effects))
    }

    fn apply(&mut self, mutation: &Mutation, revision: Revision) -> Result<Effect, ErrorKind> {
        Ok(match mutation {
            Mutation::Put { key, value, expiry } => {
                self.put(key, value.clone(), revision, *expiry);
                Effect::Put
            }
            Mutation::Delete { key } => Effect::Deleted(self.delete(key)),
            Mutation::Touch { key, expiry } => {
                let touched = self.get(key).cloned();
                if let Some(record) = touched.clone() {
                    self.put(key, record.value, record.revision, *expiry);
                }
                Effect::Touched(touched.is_some())
            }
            Mutation::Add { key, delta, expiry } => {
                let (before, expiry) = match self.get(key) {
                    None => (0, *expiry),
                    Some(record) => (
                        decode_counter(&record.value).ok_or(ErrorKind::Corrupt)?,
                        Expiry::Keep,
                    ),
                };
                let sum = before.checked_add(*delta).ok_or(ErrorKind::Overflow)?;
                let value = Bytes::copy_from_slice(&encode_counter(sum));
                self.put(key, value, revision, expiry);
                Effect::Added(sum)
            }
        })
    }

    /// Applies the writes in order and tells how many deletes found an entry.
    pub(super) fn write(&mut self, batch: &WriteBatch) -> u64 {
        let mut deleted = 0;
        for write in &batch.writes {
            match write {
                Write::Put { key, value, expiry }
                | Write::PutWithMetadata {
                    key, value, expiry, ..
                } => {
                    self.put(key, value.clone(), batch.revision, *expiry);
                }
                Write::Delete { key } => deleted += u64::from(self.delete(key)),
            }
        }
        deleted
    }

    fn put(&mut self, key: &Key, value: Bytes, revision: Revision, expiry: Expiry) {
        let expires = match expiry {
            Expiry::Never => None,
            Expiry::After(ttl) => Some(self.now.saturating_add(ttl.as_millis())),
            Expiry::Keep => self.get(key).and_then(|record| record.expires),
        };
        let record = Record {
            value,
            revision,
            expires,
        };
        self.records.insert(key.clone(), record);
        self.earlier.entry(key.clone()).or_default().push(revision);
    }

    fn delete(&mut self, key: &Key) -> bool {
        let live = self.get(key).is_some();
        self.records.remove(key);
        live
    }
}
