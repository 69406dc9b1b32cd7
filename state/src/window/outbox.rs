use std::marker::PhantomData;
use std::sync::Arc;

use bytes::Bytes;

use super::assign::Windowing;
use super::bytes::{Reader, begin, put_u64};
use super::definition::Definition;
use super::emission::Emission;
use super::names::Names;
use super::progress::Progress;
use super::windows::Windows;
use super::wrong_input;
use crate::backend::{Backend, Commit, Condition, Expiry, Key, Mutation, Outcome, Revision, Scope};
use crate::error::{Error, ErrorKind, Result};
use crate::key::KeyField;
use crate::primitive::Aggregate;
use crate::store::Operation;
use crate::value::StateValue;

/// How many acknowledged emissions one commit removes.
const AT_ONCE: u64 = 1_000;

/// What came out of windows and is not acknowledged yet.
///
/// Emissions of one shard have numbers without gaps, in the order in which they came out; the number of an emission
/// is the same after every crash and replay. What was read and not acknowledged is read again: who must not act twice
/// remembers shard and number of what he has acted on, in the same transaction.
#[derive(Debug)]
pub struct Outbox<B, K, A, W> {
    definition: Arc<Definition<B, W>>,
    kind: PhantomData<fn() -> (K, A)>,
}

/// An emission in the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery<K, O> {
    /// The shard that it came out of.
    pub shard: u32,
    /// Its number in that shard, from 0.
    pub number: u64,
    /// What it is.
    pub emission: Emission<K, O>,
}

/// How much of a shard's outbox is acknowledged.
struct Acknowledged {
    /// The first that is not.
    next: u64,
    revision: Option<Revision>,
}

impl<B: Backend, K, A, W> Windows<B, K, A, W> {
    /// What came out of the windows.
    pub fn outbox(&self) -> Outbox<B, K, A, W> {
        Outbox {
            definition: Arc::clone(&self.definition),
            kind: PhantomData,
        }
    }
}

impl<B, K, A, W> Outbox<B, K, A, W>
where
    B: Backend,
    K: KeyField,
    A: Aggregate<Output: StateValue>,
    W: Windowing<A>,
{
    /// The earliest emissions of each shard that are not acknowledged, at most `limit` in all: shard after shard, each in order.
    ///
    /// Cancellation: nothing is left behind.
    pub fn read(&self, limit: usize) -> Operation<'_, Vec<Delivery<K, A::Output>>> {
        let shards = 0..self.definition.shards.get();
        Box::pin(self.read_shards(shards, limit))
    }

    /// The same of some shards.
    pub(super) async fn read_shards(
        &self,
        shards: impl Iterator<Item = u32>,
        limit: usize,
    ) -> Result<Vec<Delivery<K, A::Output>>> {
        let mut out = Vec::new();
        for shard in shards {
            if out.len() >= limit {
                break;
            }
            let read = self.read_shard(shard, limit - out.len()).await;
            out.extend(read.map_err(|error| error.in_operation("outbox"))?);
        }
        Ok(out)
    }

    /// Removes what has been dealt with, and of each shard all before it.
    ///
    /// Cancellation: a part of it may be removed; it may be acknowledged again.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) where there was no such emission yet.
    pub fn acknowledge<'a>(&'a self, deliveries: &'a [Delivery<K, A::Output>]) -> Operation<'a, ()>
    where
        A::Output: Sync,
    {
        let last = |shard| {
            let of_shard = deliveries
                .iter()
                .filter(move |delivery| delivery.shard == shard);
            of_shard.map(|delivery| delivery.number).max()
        };
        let shards = 0..self.definition.shards.get();
        let last: Vec<_> = shards
            .filter_map(|shard| Some((shard, last(shard)?)))
            .collect();
        Box::pin(async move {
            for (shard, number) in last {
                self.acknowledge_through(shard, number).await?;
            }
            Ok(())
        })
    }

    /// Removes the emissions of a shard up to and with this number.
    ///
    /// Cancellation: as [`acknowledge`](Self::acknowledge).
    ///
    /// # Errors
    /// As [`acknowledge`](Self::acknowledge).
    pub fn acknowledge_through(&self, shard: u32, number: u64) -> Operation<'_, ()> {
        Box::pin(async move {
            let done = self.remove(shard, number).await;
            done.map_err(|error| error.in_operation("outbox"))
        })
    }

    async fn read_shard(&self, shard: u32, limit: usize) -> Result<Vec<Delivery<K, A::Output>>> {
        let store = &self.definition.store;
        let names = Names::of(&self.definition.name, shard);
        let mut missed = None;
        loop {
            let (progress, acknowledged) = self.ends(&names).await?;
            let limit = u64::try_from(limit).unwrap_or(u64::MAX);
            let end = progress.next.min(acknowledged.next.saturating_add(limit));
            let numbers = acknowledged.next..end;
            let keys = numbers.clone().map(|number| names.outbox(number));
            let keys: Vec<Key> = keys.collect::<Result<_>>()?;
            if keys.is_empty() {
                return Ok(Vec::new());
            }
            let entries = store.backend().get(&store.context("outbox"), &keys).await?;
            let entries: Option<Vec<_>> = entries.into_iter().collect();
            let Some(entries) = entries else {
                // Somebody else has acknowledged meanwhile.
                if missed.replace(acknowledged.next) == Some(acknowledged.next) {
                    let wrong =
                        format!("an emission of shard {shard} is neither acknowledged nor there");
                    return Err(Error::new(ErrorKind::Corrupt, wrong));
                }
                continue;
            };
            let read = numbers
                .zip(&keys)
                .zip(entries)
                .map(|((number, key), entry)| {
                    let emission = Emission::decode(&entry.value, store);
                    Ok(Delivery {
                        shard,
                        number,
                        emission: emission.map_err(|error| error.at_key(key))?,
                    })
                });
            return read.collect();
        }
    }

    /// How far the outbox reaches, and from where.
    async fn ends(&self, names: &Names) -> Result<(Progress, Acknowledged)> {
        let store = &self.definition.store;
        let keys = [names.progress()?, names.acknowledged()?];
        let entries = store.backend().get(&store.context("outbox"), &keys).await?;
        let mut entries = entries.into_iter();
        let progress = match entries.next().flatten() {
            Some(entry) => Progress::decode(&entry.value)?,
            None => Progress::default(),
        };
        let acknowledged = match entries.next().flatten() {
            Some(entry) => Acknowledged {
                next: decode_acknowledged(&entry.value)?,
                revision: Some(entry.revision),
            },
            None => Acknowledged {
                next: 0,
                revision: None,
            },
        };
        Ok((progress, acknowledged))
    }

    async fn remove(&self, shard: u32, number: u64) -> Result<()> {
        let store = &self.definition.store;
        let names = Names::of(&self.definition.name, shard);
        loop {
            let (progress, acknowledged) = self.ends(&names).await?;
            if number >= progress.next {
                return Err(wrong_input(format!(
                    "emission {number} of shard {shard} is acknowledged, and the next is {}",
                    progress.next
                )));
            }
            if number < acknowledged.next {
                return Ok(());
            }
            let next = (number + 1).min(acknowledged.next + AT_ONCE);
            let key = names.acknowledged()?;
            let mut commit = Commit::new(store.new_revision(), Scope::Partition);
            commit.require(match acknowledged.revision {
                Some(revision) => Condition::Revision(key.clone(), revision),
                None => Condition::Absent(key.clone()),
            })?;
            commit.apply(Mutation::Put {
                key,
                value: encode_acknowledged(next),
                expiry: Expiry::Never,
            })?;
            for number in acknowledged.next..next {
                let key = names.outbox(number)?;
                commit.apply(Mutation::Delete { key })?;
            }
            // Of two who acknowledge at the same time the second finds it done.
            let (Outcome::Applied(_) | Outcome::Conflict(_)) = store
                .backend()
                .commit(&store.context("outbox"), commit)
                .await?;
        }
    }
}

/// The first number that is not acknowledged, as it is stored.
pub(super) fn encode_acknowledged(next: u64) -> Bytes {
    let mut value = begin();
    put_u64(&mut value, next);
    value.into()
}

pub(super) fn decode_acknowledged(bytes: &Bytes) -> Result<u64> {
    let mut reader = Reader::begin("acknowledgement of windows", bytes)?;
    let next = reader.u64()?;
    reader.end()?;
    Ok(next)
}

impl<B, K, A, W> Clone for Outbox<B, K, A, W> {
    fn clone(&self) -> Self {
        Self {
            definition: Arc::clone(&self.definition),
            kind: PhantomData,
        }
    }
}
