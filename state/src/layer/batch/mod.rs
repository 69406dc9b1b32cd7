//! Operations that come at the same time are sent together.
//!
//! Nobody waits for an answer, and no timer runs: the first operation that finds no gathering under way begins one, the tasks that
//! are ready run, and what they have asked for meanwhile goes out as one call, before all have run where half of the open
//! operations has gathered: the store works on some while the next gather. While few operations are open each is sent by
//! itself, at once. [`gatherer`] is the rule, [`class`] says who may share a call, [`entry`] is what waits.

mod class;
mod commits;
mod entry;
mod forward;
mod gatherer;
mod gets;
mod options;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use self::class::Class;
use self::gatherer::{Gatherer, Joined};
use self::gets::{FEW, Wanted};
pub use self::options::BatchLayer;
use crate::backend::{
    Backend, Capabilities, Commit, Context, Effect, Entry, Key, Node, Outcome, Scope, WriteBatch,
    Written,
};
use crate::error::{Error, ErrorKind, Result};
use crate::layer::forward::forward_pages;

/// A backend whose reads of few keys, commits and single writes travel together where they come together.
///
/// What is sent together is read or decided each for itself, and answered each for itself: the answers are those of the
/// backend beneath. Operations share a call only where their contexts ask for the same, and where the time that they have left
/// differs by less than a factor of two, for the call has the least of it. Everything else goes through as it comes.
///
/// Operations of several tokio runtimes may meet in it. Outside of any, each is sent by itself.
pub struct Batch<B: Backend> {
    inner: Arc<B>,
    gets: Gatherer<B, Wanted>,
    commits: Gatherer<B, Commit>,
    /// How many operations that may travel together are under way.
    open: AtomicUsize,
    options: BatchLayer,
}

/// An operation under way, until it is dropped.
struct Open<'a> {
    open: &'a AtomicUsize,
    /// How many others there were.
    others: usize,
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.open.fetch_sub(1, Ordering::Relaxed);
    }
}

impl<B: Backend> Batch<B> {
    fn new(inner: B, options: BatchLayer) -> Self {
        let inner = Arc::new(inner);
        Self {
            gets: Gatherer::new(&inner, &options),
            commits: Gatherer::new(&inner, &options),
            inner,
            open: AtomicUsize::new(0),
            options,
        }
    }

    fn begin(&self) -> Open<'_> {
        Open {
            open: &self.open,
            others: self.open.fetch_add(1, Ordering::Relaxed),
        }
    }

    /// With whom an operation may travel; `None` where it is better sent by itself.
    fn class(&self, cx: &Context, open: &Open<'_>) -> Option<Class> {
        if open.others < self.options.direct_below {
            return None;
        }
        Class::of(cx)
    }

    /// The backend beneath.
    pub fn inner(&self) -> &B {
        &self.inner
    }
}

#[deny(clippy::missing_trait_methods)]
impl<B: Backend> Backend for Batch<B> {
    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    fn node_of(&self, partition: &[u8]) -> Node {
        self.inner.node_of(partition)
    }

    async fn get(&self, cx: &Context, keys: &[Key]) -> Result<Vec<Option<Entry>>> {
        if keys.is_empty() || keys.len() > FEW {
            return Box::pin(self.inner.get(cx, keys)).await;
        }
        let open = self.begin();
        if let Some(class) = self.class(cx, &open) {
            let wanted = Wanted::of(keys);
            let joined = self.gets.join(class, cx.deadline, wanted, open.others);
            if let Joined::Answered(found) = joined.await {
                return found;
            }
        }
        // The future of what is beneath is large; operations that travel together carry none of it.
        Box::pin(self.inner.get(cx, keys)).await
    }

    async fn commit(&self, cx: &Context, mut commit: Commit) -> Result<Outcome> {
        let open = self.begin();
        if let Some(class) = self.class(cx, &open) {
            let joined = self.commits.join(class, cx.deadline, commit, open.others);
            commit = match joined.await {
                Joined::Answered(outcome) => return outcome,
                Joined::NotSent(commit) => *commit,
                Joined::Lost => return Err(lost()),
            };
        }
        Box::pin(self.inner.commit(cx, commit)).await
    }

    async fn commit_many(&self, cx: &Context, commits: Vec<Commit>) -> Vec<Result<Outcome>> {
        self.inner.commit_many(cx, commits).await
    }

    async fn write(&self, cx: &Context, batch: WriteBatch) -> Result<Written> {
        if batch.writes.len() != 1 || batch.refuse_metadata().is_err() {
            return self.inner.write(cx, batch).await;
        }
        let mut commit = Commit::new(batch.revision, Scope::Partition);
        for write in batch.writes {
            commit.apply(write.into_mutation()?)?;
        }
        match self.commit(cx, commit).await? {
            Outcome::Applied(effects) => Ok(Written {
                deleted: u64::from(effects.contains(&Effect::Deleted(true))),
            }),
            Outcome::Conflict(conflict) => Err(Error::from_conflict(conflict)),
        }
    }

    forward_pages!();
}

/// The call that carried the commit was given up with the runtime that it ran on.
fn lost() -> Error {
    Error::new(
        ErrorKind::OutcomeUnknown,
        "the call that the commit was sent with ended without an answer; it is applied wholly or not at all",
    )
}
