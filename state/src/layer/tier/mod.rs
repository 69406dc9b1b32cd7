//! Copies of entries in a faster store that processes share, in front of the store that decides.

mod doubts;
mod mark;
mod options;
mod read;
mod slot;
mod statistics;
mod upper;

use std::fmt;

use self::doubts::Doubts;
use self::options::Options;
pub use self::options::TierLayer;
use self::statistics::Counts;
pub use self::statistics::TierStatistics;
use self::upper::Upper;
#[cfg(feature = "json")]
use super::forward::forward_metadata;
use super::forward::{forward, forward_pages};
use crate::backend::{
    Backend, Capabilities, Commit, Context, Entry, Key, Mutation, Node, Observation, Outcome,
    Reads, Write, WriteBatch, Written,
};
#[cfg(feature = "json")]
use crate::backend::{Metadata, MetadataPut};
use crate::error::{ErrorKind, Result};

/// A backend whose plain reads are answered from an upper store where that has a copy; made by the [`TierLayer`].
///
/// # What a read through the tier sees
///
/// | written by | a plain read through the tier sees it |
/// | --- | --- |
/// | this process, or another through its tier | once the write has ended, and until then the old entry or the new one: as a read of the store itself |
/// | a process that died, or whose write's answer was lost | at once: the store is asked until the time of the write is over |
/// | another process that could not tell the upper store of it | when the time of the copy is over; never, where that process is [`strict`](TierLayer::strict): it does not write then |
/// | this process, where it could not tell the upper store of it | at once: it asks the store until the time of all copies is over |
/// | anybody, where the upper store lost what was put there last (a failover of Redis may) | when the time of the copy is over |
/// | anybody whose store applies a write more than 5 s past its deadline, or past [`write_time`](TierLayer::write_time) where it has none | when the time of the copy is over |
/// | anybody who writes without a tier | when the time of the copy is over |
/// | nobody: it expires | not after its end: a copy ends before its entry does |
///
/// Plain reads are `get`, `get_many` and `contains`. Everything else always asks the store. Where a
/// [`Cache`](super::CacheLayer) stands before the tier, its own table holds with the tier as its store: where this one says "when
/// the time of the copy is over", the cache may keep what it read from the copy for its own time after that.
///
/// An upper store that fails costs time, at most [`patience`](TierLayer::patience) each time it is asked, and no answer.
///
/// # Why a copy is what the store has
///
/// Under each key stands in the upper store nothing, a reader's lease, a copy, or a mark that names writers. All are changed
/// by commits that require what was seen there last, and each has a new revision and a time to live.
///
/// - A reader that finds nothing puts a lease, then asks the store, then puts a copy in place of his own lease. Where anything else
///   stands there he keeps nothing.
/// - A writer puts a mark with his name, in place of whatever stands there or joining the mark of others, before he asks the
///   store, and takes his name out once the store has answered. A mark outlives the writers that it names.
///
/// So while a write is under way there is a mark, and neither a copy nor a lease. A copy was read between its lease and
/// itself; a write that ended before the lease was read, one that began after the copy has removed it, and one in between has
/// removed the lease. A writer who does not know what became of his write leaves his name until its time is over.
///
/// A copy is put before its lease is over, and the store said after the lease was given how long the entry had left. With a
/// lease less to live the copy ends before the entry does. All times are counted by the upper store's clock, none by a client's.
pub struct Tiered<U, B> {
    upper: Upper<U>,
    inner: B,
    counts: Counts,
    doubts: Doubts,
}

impl<U: Backend, B: Backend> Tiered<U, B> {
    fn new(upper: U, inner: B, options: Options) -> Self {
        Self {
            upper: Upper::new(upper, options),
            inner,
            counts: Counts::default(),
            doubts: Doubts::new(),
        }
    }

    /// The upper store.
    pub const fn upper(&self) -> &U {
        self.upper.backend()
    }

    /// The store beneath.
    pub const fn inner(&self) -> &B {
        &self.inner
    }

    /// What it has done so far.
    pub fn statistics(&self) -> TierStatistics {
        self.counts.read()
    }

    fn told(&self) -> impl Iterator<Item = Observation> + use<U, B> {
        self.statistics().told()
    }
}

/// Whether nothing of it can be applied any more.
fn is_settled<T>(answer: &Result<T>) -> bool {
    !matches!(answer, Err(error) if error.kind() == ErrorKind::OutcomeUnknown)
}

fn mutated(commit: &Commit) -> impl Iterator<Item = &Key> + Clone {
    commit.mutations().iter().map(Mutation::key)
}

#[deny(clippy::missing_trait_methods)]
impl<U: Backend, B: Backend> Backend for Tiered<U, B> {
    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    fn node_of(&self, partition: &[u8]) -> Node {
        self.inner.node_of(partition)
    }

    async fn get(&self, cx: &Context, keys: &[Key]) -> Result<Vec<Option<Entry>>> {
        if cx.reads != Reads::Cached {
            return self.inner.get(cx, keys).await;
        }
        cx.check()?;
        self.read_through(cx, keys).await
    }

    async fn commit(&self, cx: &Context, commit: Commit) -> Result<Outcome> {
        let marks = self.mark(cx, mutated(&commit)).await?;
        let outcome = self.inner.commit(cx, commit).await;
        if is_settled(&outcome) {
            self.unmark(cx, marks).await;
        }
        outcome
    }

    async fn commit_many(&self, cx: &Context, commits: Vec<Commit>) -> Vec<Result<Outcome>> {
        let keys: Vec<Vec<Key>> = commits
            .iter()
            .map(|commit| mutated(commit).cloned().collect())
            .collect();
        let mut marks = match self.mark(cx, keys.iter().flatten()).await {
            Ok(marks) => marks,
            Err(error) => return commits.iter().map(|_| Err(error.copied())).collect(),
        };
        let outcomes = self.inner.commit_many(cx, commits).await;
        let decided = keys.iter().zip(&outcomes);
        let unsettled = decided.filter(|(_, outcome)| !is_settled(outcome));
        marks.leave(unsettled.flat_map(|(keys, _)| keys));
        self.unmark(cx, marks).await;
        outcomes
    }

    async fn write(&self, cx: &Context, batch: WriteBatch) -> Result<Written> {
        let keys = batch.writes.iter().map(Write::key);
        let marks = self.mark(cx, keys).await?;
        let written = self.inner.write(cx, batch).await;
        // After any error some of it may be applied, and later.
        if written.is_ok() {
            self.unmark(cx, marks).await;
        }
        written
    }

    forward_pages!();
}

forward!(Tiered<U>, Tiered::told);

#[cfg(feature = "json")]
impl<U: Backend, B: Metadata> Metadata for Tiered<U, B> {
    async fn put_with_metadata(&self, cx: &Context, put: MetadataPut) -> Result<()> {
        let marks = self.mark(cx, std::iter::once(&put.key)).await?;
        let outcome = self.inner.put_with_metadata(cx, put).await;
        if is_settled(&outcome) {
            self.unmark(cx, marks).await;
        }
        outcome
    }

    forward_metadata!();
}

impl<U: fmt::Debug, B: fmt::Debug> fmt::Debug for Tiered<U, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tiered")
            .field("inner", &self.inner)
            .field("upper", &self.upper)
            .finish_non_exhaustive()
    }
}
