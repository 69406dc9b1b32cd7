use bytes::Bytes;
use smallvec::SmallVec;

use super::Memory;
use super::map::{Record, Versions};
use crate::backend::{
    Commit, Condition, Conflict, Effect, Expiry, FailedCondition, Key, Mutation, Outcome, Revision,
    Write, WriteBatch, Written, add_to_counter, encode_counter,
};
use crate::clock::Timestamp;
use crate::error::Result;

impl Memory {
    pub(super) fn apply_commit(&self, commit: Commit) -> Result<Outcome> {
        let mut versions = self.write();
        let now = self.now();
        let failed = failed_conditions(&versions, commit.conditions(), now);
        if !failed.is_empty() {
            return Ok(Outcome::Conflict(Conflict { failed }));
        }
        // What can fail is worked out before anything is changed.
        let sums = sums(&versions, commit.mutations(), now)?;
        versions.begin();
        let revision = commit.revision();
        let mut sums = sums.into_iter();
        let effects = commit
            .into_mutations()
            .map(|mutation| apply(&mut versions, mutation, revision, now, &mut sums));
        Ok(Outcome::Applied(effects.collect()))
    }

    pub(super) fn apply_batch(&self, batch: WriteBatch) -> Written {
        let mut versions = self.write();
        let now = self.now();
        versions.begin();
        let mut deleted = 0;
        for write in batch.writes {
            match write {
                Write::Put { key, value, expiry } => {
                    let expires = expires(&versions, &key, expiry, now);
                    versions.set(
                        key,
                        Some(Record {
                            value,
                            revision: batch.revision,
                            expires,
                        }),
                    );
                }
                Write::Delete { key } => {
                    deleted += u64::from(live(&versions, &key, now).is_some());
                    versions.set(key, None);
                }
            }
        }
        Written { deleted }
    }
}

fn live<'a>(versions: &'a Versions, key: &Key, now: Timestamp) -> Option<&'a Record> {
    versions.get(key).filter(|record| record.is_live(now))
}

/// When a put expires; the entry before it is looked up only where that matters.
fn expires(versions: &Versions, key: &Key, expiry: Expiry, now: Timestamp) -> Option<Timestamp> {
    let earlier = match expiry {
        Expiry::Keep => live(versions, key, now).and_then(|record| record.expires),
        Expiry::Never | Expiry::After(_) => None,
    };
    expiry.resolve(now, earlier)
}

fn failed_conditions(
    versions: &Versions,
    conditions: &[Condition],
    now: Timestamp,
) -> Vec<FailedCondition> {
    let failed = |(index, condition): (usize, &Condition)| {
        let current = live(versions, condition.key(), now).map(|record| record.revision);
        let failed = || FailedCondition {
            index,
            key: condition.key().clone(),
            current,
        };
        (!condition.holds(current)).then(failed)
    };
    conditions.iter().enumerate().filter_map(failed).collect()
}

/// What each `Add` comes to, given the mutations before it.
fn sums(versions: &Versions, mutations: &[Mutation], now: Timestamp) -> Result<SmallVec<[i64; 1]>> {
    let mut sums = SmallVec::new();
    for (position, mutation) in mutations.iter().enumerate() {
        let Mutation::Add { key, delta, .. } = mutation else {
            continue;
        };
        let earlier = mutations
            .iter()
            .take(position)
            .filter(|earlier| earlier.key() == key);
        let mut value = live(versions, key, now).map(|record| record.value.clone());
        for earlier in earlier {
            match earlier {
                Mutation::Put { value: put, .. } => value = Some(put.clone()),
                Mutation::Delete { .. } => value = None,
                Mutation::Touch { .. } => {}
                Mutation::Add { delta, .. } => {
                    let sum = add_to_counter(value.as_deref(), *delta)?;
                    value = Some(Bytes::copy_from_slice(&encode_counter(sum)));
                }
            }
        }
        sums.push(add_to_counter(value.as_deref(), *delta).map_err(|error| error.at_key(key))?);
    }
    Ok(sums)
}

fn apply(
    versions: &mut Versions,
    mutation: Mutation,
    revision: Revision,
    now: Timestamp,
    sums: &mut impl Iterator<Item = i64>,
) -> Effect {
    match mutation {
        Mutation::Put { key, value, expiry } => {
            let expires = expires(versions, &key, expiry, now);
            versions.set(
                key,
                Some(Record {
                    value,
                    revision,
                    expires,
                }),
            );
            Effect::Put
        }
        Mutation::Delete { key } => {
            let existed = live(versions, &key, now).is_some();
            versions.set(key, None);
            Effect::Deleted(existed)
        }
        Mutation::Touch { key, expiry } => {
            let touched = live(versions, &key, now).map(|record| Record {
                expires: expiry.resolve(now, record.expires),
                ..record.clone()
            });
            let existed = touched.is_some();
            if existed {
                versions.set(key, touched);
            }
            Effect::Touched(existed)
        }
        Mutation::Add { key, expiry, .. } => {
            let sum = sums.next().unwrap_or_default();
            let expires = match live(versions, &key, now) {
                Some(record) => record.expires,
                None => expiry.resolve(now, None),
            };
            let value = Bytes::copy_from_slice(&encode_counter(sum));
            versions.set(
                key,
                Some(Record {
                    value,
                    revision,
                    expires,
                }),
            );
            Effect::Added(sum)
        }
    }
}
