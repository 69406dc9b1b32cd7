use std::collections::HashMap;

use bytes::Bytes;
use smallvec::SmallVec;

use super::backend::{STEP, Shared};
use super::map::Map;
use super::now::Now;
use crate::backend::{
    Commit, Condition, Conflict, Context, Effect, Expiry, FailedCondition, Key, Mutation, Outcome,
    Revision, Write, WriteBatch, Written, decode_counter, encode_counter,
};
use crate::error::{Error, ErrorKind, Result};

impl Shared {
    pub(super) fn commit(&self, cx: &Context, commit: Commit) -> Result<Outcome> {
        let now = self.now();
        let mut map = self.write();
        cx.check()?;
        if let Some(conflict) = map.conflict(commit.conditions(), &now) {
            return Ok(Outcome::Conflict(conflict));
        }
        let sums = map.sums(commit.mutations(), &now)?;
        let changed = self.announcer.is_heard().then(|| changed(&commit));
        map.begin();
        let revision = commit.revision();
        let mut sums = sums.into_iter();
        let effects = commit
            .into_mutations()
            .map(|mutation| map.apply(mutation, revision, &mut sums, &now))
            .collect();
        drop(map);
        for key in changed.iter().flatten() {
            self.announcer.tell_changed(key);
        }
        Ok(Outcome::Applied(effects))
    }

    pub(super) fn write_batch(&self, cx: &Context, batch: WriteBatch) -> Result<Written> {
        batch.refuse_metadata()?;
        let now = self.now();
        let mut written = Written::default();
        let mut changed = Vec::new();
        let is_heard = self.announcer.is_heard();
        let mut writes = batch.writes.into_iter();
        while writes.len() > 0 {
            let mut map = self.write();
            cx.check()?;
            map.begin();
            for write in writes.by_ref().take(STEP) {
                if is_heard {
                    changed.push(write.key().clone());
                }
                match write {
                    Write::Put { key, value, expiry } => {
                        map.put(key, value, batch.revision, expiry, &now);
                    }
                    Write::PutWithMetadata { .. } => {}
                    Write::Delete { key } => written.deleted += u64::from(map.delete(&key, &now)),
                }
            }
            drop(map);
            for key in changed.drain(..) {
                self.announcer.tell_changed(&key);
            }
        }
        Ok(written)
    }
}

fn changed(commit: &Commit) -> Vec<Key> {
    let mutations = commit.mutations().iter();
    mutations.map(|mutation| mutation.key().clone()).collect()
}

/// What an addition of a commit comes to.
struct Sum {
    value: i64,
    creates: bool,
}

/// What an entry counts for in an addition.
#[derive(Clone, Copy)]
enum Number {
    Absent,
    Counter(i64),
    Other,
}

impl Number {
    fn of(value: &[u8]) -> Self {
        decode_counter(value).map_or(Self::Other, Self::Counter)
    }
}

impl Map {
    fn conflict(&self, conditions: &[Condition], now: &Now<'_>) -> Option<Conflict> {
        let mut failed = Vec::new();
        for (index, condition) in conditions.iter().enumerate() {
            let current = self
                .live(condition.key(), now)
                .map(|stored| stored.revision);
            if !condition.holds(current) {
                failed.push(FailedCondition {
                    index,
                    key: condition.key().clone(),
                    current,
                });
            }
        }
        (!failed.is_empty()).then_some(Conflict { failed })
    }

    /// The results of all additions, each after the mutations before it; an error before anything is
    /// applied where one of them cannot be done.
    fn sums(&self, mutations: &[Mutation], now: &Now<'_>) -> Result<SmallVec<[Sum; 1]>> {
        let mut sums = SmallVec::new();
        let mut changed = HashMap::new();
        let Some(last) = mutations
            .iter()
            .rposition(|mutation| matches!(mutation, Mutation::Add { .. }))
        else {
            return Ok(sums);
        };
        for (index, mutation) in mutations.iter().enumerate().take(last + 1) {
            let number = match mutation {
                Mutation::Put { value, .. } => Number::of(value),
                Mutation::Delete { .. } => Number::Absent,
                Mutation::Touch { .. } => continue,
                Mutation::Add { key, delta, .. } => {
                    let before = changed.get(key).copied().unwrap_or_else(|| {
                        self.live(key, now)
                            .map_or(Number::Absent, |stored| Number::of(&stored.value))
                    });
                    let sum = add(key, before, *delta)?;
                    let value = sum.value;
                    sums.push(sum);
                    Number::Counter(value)
                }
            };
            if index < last {
                changed.insert(mutation.key(), number);
            }
        }
        Ok(sums)
    }

    fn apply(
        &mut self,
        mutation: Mutation,
        revision: Revision,
        sums: &mut impl Iterator<Item = Sum>,
        now: &Now<'_>,
    ) -> Effect {
        match mutation {
            Mutation::Put { key, value, expiry } => {
                self.put(key, value, revision, expiry, now);
                Effect::Put
            }
            Mutation::Delete { key } => Effect::Deleted(self.delete(&key, now)),
            Mutation::Touch { key, expiry } => Effect::Touched(self.touch(&key, expiry, now)),
            Mutation::Add { key, expiry, .. } => {
                // One sum was made for each addition.
                let Some(Sum { value, creates }) = sums.next() else {
                    return Effect::Added(0);
                };
                let expiry = if creates { expiry } else { Expiry::Keep };
                let bytes = Bytes::copy_from_slice(&encode_counter(value));
                self.put(key, bytes, revision, expiry, now);
                Effect::Added(value)
            }
        }
    }
}

fn add(key: &Key, before: Number, delta: i64) -> Result<Sum> {
    let number = match before {
        Number::Absent => 0,
        Number::Counter(number) => number,
        Number::Other => {
            return Err(Error::new(
                ErrorKind::Corrupt,
                "the entry is no counter and cannot be added to; nothing was applied",
            )
            .at_key(key));
        }
    };
    let value = number.checked_add(delta).ok_or_else(|| {
        Error::new(
            ErrorKind::Overflow,
            format!("{number} plus {delta} leaves the range of i64; nothing was applied"),
        )
        .at_key(key)
    })?;
    Ok(Sum {
        value,
        creates: matches!(before, Number::Absent),
    })
}
