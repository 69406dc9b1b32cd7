//! Entries in this process's memory, in front of a store that tells of changes.

mod entries;
mod listen;
mod options;
mod statistics;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use self::entries::{Answer, Entries};
pub use self::options::CacheLayer;
pub use self::statistics::CacheStatistics;
use self::statistics::Counts;
use super::Layer;
#[cfg(feature = "json")]
use super::forward::forward_metadata;
use super::forward::{forward, forward_pages};
use crate::backend::{
    Backend, Capabilities, Commit, Context, Entry, Key, Mutation, Node, Notify, Observation,
    Outcome, Reads, Write, WriteBatch, Written,
};
#[cfg(feature = "json")]
use crate::backend::{Metadata, MetadataPut};
use crate::error::Result;

/// A backend whose plain reads are answered from memory where that is as good; made by the [`CacheLayer`].
///
/// It needs a tokio runtime: a task listens to the store, from the first read on until this is dropped.
///
/// # What a cached read sees
///
/// | written by | a plain read through this layer sees it |
/// | --- | --- |
/// | this process, through this layer | at once: from the moment that the write begins until it has ended, reads of its keys go to the store |
/// | another process, through this layer | once its notice has come: about a round trip |
/// | anybody, while the store cannot be listened to | at once: nothing is cached then, which is noticed after a few seconds at the latest |
/// | anybody who does not announce what he writes | when the time of the cached entry is over |
/// | nobody: it expires | never after its end by more than the clocks of client and server drift apart meanwhile |
///
/// Plain reads are `get`, `get_many` and `contains`. Everything else (conditional writes, updates, transactions, counters, ranges,
/// scans, snapshots, revisions, times to live) always asks the store. Where that is a [`Tiered`](super::Tiered), a plain read of it
/// may be of a copy, whose table says of which.
///
/// # Why no read of this process is older than its own writes
///
/// A write of a key counts itself among the key's writers, raises the key's epoch and removes what is cached, all under one lock, before
/// it goes to the store, and counts itself out when it has ended or was dropped. A read that finds nothing notes the epoch,
/// asks the store, and keeps the answer only if, under the same lock, there is no writer and the epoch is what it was. So what is kept
/// was read when no write of the key was on its way, and goes with the next one. A write whose answer was lost, and that is
/// applied later, is announced by the store as any other.
pub struct Cache<B> {
    shared: Arc<Shared<B>>,
}

struct Shared<B> {
    inner: B,
    entries: Entries,
    counts: Counts,
    options: CacheLayer,
    /// Whether the task that listens was begun.
    listens: AtomicBool,
}

impl<B: Notify> Layer<B> for CacheLayer {
    type Backend = Cache<B>;

    fn over(self, inner: B) -> Cache<B> {
        Cache {
            shared: Arc::new(Shared {
                inner,
                entries: Entries::new(&self),
                counts: Counts::default(),
                options: self,
                listens: AtomicBool::new(false),
            }),
        }
    }
}

impl<B: Notify> Cache<B> {
    /// The backend beneath.
    pub fn inner(&self) -> &B {
        &self.shared.inner
    }

    /// What it has done so far.
    pub fn statistics(&self) -> CacheStatistics {
        self.shared.counts.read(&self.shared.entries)
    }

    fn told(&self) -> impl Iterator<Item = Observation> + use<B> {
        let statistics = self.statistics();
        Observation::of_cache([
            ("hit", statistics.hits),
            ("negative_hit", statistics.negative_hits),
            ("miss", statistics.misses),
        ])
        .into_iter()
    }

    /// Forgets everything.
    pub fn clear(&self) {
        self.shared.entries.clear();
    }

    /// Who asks for lifetimes is another cache, and they are not kept here.
    fn may_answer(&self, cx: &Context) -> bool {
        let plain = cx.reads == Reads::Cached && !cx.lifetimes;
        if plain && !self.shared.options.local {
            self.listen();
        }
        plain
    }

    /// The context of a request that changes entries.
    fn announcing(&self, cx: &Context) -> Context {
        if self.shared.options.local {
            *cx
        } else {
            cx.with_announcements()
        }
    }

    async fn get_one(&self, cx: &Context, key: &Key) -> Result<Option<Entry>> {
        let Shared {
            inner,
            entries,
            counts,
            ..
        } = &*self.shared;
        let keys = std::slice::from_ref(key);
        let loading = match entries.look_up(key).await {
            Answer::Known(found) => {
                counts.hit(found.as_ref());
                return Ok(found);
            }
            Answer::Unknown(loading) => loading,
        };
        counts.miss();
        let mut found = match &loading {
            Some(_) => inner.get(&cx.with_lifetimes(), keys).await?,
            None => inner.get(cx, keys).await?,
        };
        let found = found.pop().flatten();
        if let Some(loading) = loading {
            entries.keep(loading, found.as_ref());
        }
        Ok(found)
    }

    async fn get_all(&self, cx: &Context, keys: &[Key]) -> Result<Vec<Option<Entry>>> {
        let Shared {
            inner,
            entries,
            counts,
            ..
        } = &*self.shared;
        let mut answers = Vec::with_capacity(keys.len());
        let (mut missing, mut places) = (Vec::new(), Vec::new());
        for (place, key) in keys.iter().enumerate() {
            match entries.peek(key) {
                Answer::Known(found) => {
                    counts.hit(found.as_ref());
                    answers.push(found);
                }
                Answer::Unknown(loading) => {
                    counts.miss();
                    missing.push(key.clone());
                    places.push((place, loading));
                    answers.push(None);
                }
            }
        }
        if missing.is_empty() {
            return Ok(answers);
        }
        let read = inner.get(&cx.with_lifetimes(), &missing).await?;
        for ((place, loading), found) in places.into_iter().zip(read) {
            if let Some(loading) = loading {
                entries.keep(loading, found.as_ref());
            }
            if let Some(answer) = answers.get_mut(place) {
                *answer = found;
            }
        }
        Ok(answers)
    }

    /// A conflict says that what was read is not what stands there.
    fn heed(&self, outcome: &Result<Outcome>) {
        if let Ok(Outcome::Conflict(conflict)) = outcome {
            for failed in &conflict.failed {
                self.shared.entries.forget(failed.key.as_bytes());
            }
        }
    }
}

#[deny(clippy::missing_trait_methods)]
impl<B: Notify> Backend for Cache<B> {
    fn capabilities(&self) -> Capabilities {
        self.inner().capabilities()
    }

    fn node_of(&self, partition: &[u8]) -> Node {
        self.inner().node_of(partition)
    }

    async fn get(&self, cx: &Context, keys: &[Key]) -> Result<Vec<Option<Entry>>> {
        if !self.may_answer(cx) {
            return self.inner().get(cx, keys).await;
        }
        cx.check()?;
        match keys {
            [key] => Ok(vec![self.get_one(cx, key).await?]),
            keys => self.get_all(cx, keys).await,
        }
    }

    async fn commit(&self, cx: &Context, commit: Commit) -> Result<Outcome> {
        let writing = self.shared.entries.writing(mutated(&commit));
        let outcome = self.inner().commit(&self.announcing(cx), commit).await;
        drop(writing);
        self.heed(&outcome);
        outcome
    }

    async fn commit_many(&self, cx: &Context, commits: Vec<Commit>) -> Vec<Result<Outcome>> {
        let keys = commits.iter().flat_map(mutated);
        let writing = self.shared.entries.writing(keys);
        let cx = self.announcing(cx);
        let outcomes = self.inner().commit_many(&cx, commits).await;
        drop(writing);
        for outcome in &outcomes {
            self.heed(outcome);
        }
        outcomes
    }

    async fn write(&self, cx: &Context, batch: WriteBatch) -> Result<Written> {
        let keys = batch.writes.iter().map(Write::key);
        let _writing = self.shared.entries.writing(keys);
        self.inner().write(&self.announcing(cx), batch).await
    }

    forward_pages!();
}

fn mutated(commit: &Commit) -> impl Iterator<Item = &Key> {
    commit.mutations().iter().map(Mutation::key)
}

forward!(Cache where Notify, Cache::told);

#[cfg(feature = "json")]
impl<B: Notify + Metadata> Metadata for Cache<B> {
    async fn put_with_metadata(&self, cx: &Context, put: MetadataPut) -> Result<()> {
        let key = put.key.clone();
        let _writing = self.shared.entries.writing(std::iter::once(&key));
        let cx = self.announcing(cx);
        self.inner().put_with_metadata(&cx, put).await
    }

    forward_metadata!();
}

impl<B: fmt::Debug> fmt::Debug for Cache<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache")
            .field("inner", &self.shared.inner)
            .field("options", &self.shared.options)
            .finish_non_exhaustive()
    }
}
