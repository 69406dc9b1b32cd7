use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;

use super::names::Names;
use crate::backend::{
    Backend, Commit, Condition, Context, Expiry, Key, Mutation, Outcome, Revision, Scope, Ttl,
    Write, WriteBatch,
};
use crate::error::{Error, ErrorKind, Result};
use crate::store::Store;

/// How long it lasts when nobody extends it: so long a shard stands still when its reader has died.
const LASTS: Duration = Duration::from_secs(3);
/// After how long it is extended.
const EXTENDED_AFTER: Duration = Duration::from_secs(1);
/// How often one that somebody else has is looked at, and a shard that changes too fast.
const POLL: Duration = Duration::from_millis(5);
/// How often it is asked for while the shard changes.
const ATTEMPTS: u32 = 1_000;

/// A hold keeps those who apply a shard from changing it for a moment. It makes nothing right, it only keeps them from disturbing: whether they did
/// is seen by the revision of the shard's progress, which every one of their commits changes.
#[derive(Debug)]
pub(super) struct Hold<B> {
    store: Store<B>,
    progress: Key,
    held: Key,
    /// Of the progress, as it was put again when the hold began.
    revision: Revision,
    until_extended: Instant,
}

impl<B: Backend> Hold<B> {
    /// Takes it, and reads the progress; `None` where the shard has none, and so nothing at all.
    pub(super) async fn take(store: &Store<B>, names: &Names) -> Result<Option<(Self, Bytes)>> {
        let (progress_key, hold_key) = (names.progress()?, names.hold()?);
        let keys = [progress_key.clone(), hold_key.clone()];
        let mut attempts = 0;
        loop {
            let cx = context(store);
            let mut entries = store.backend().get(&cx, &keys).await?.into_iter();
            let Some(progress) = entries.next().flatten() else {
                return Ok(None);
            };
            if entries.next().flatten().is_none() {
                let taken = Self {
                    store: store.clone(),
                    progress: progress_key.clone(),
                    held: hold_key.clone(),
                    revision: store.new_revision(),
                    until_extended: Instant::now() + EXTENDED_AFTER,
                };
                if taken.put(&cx, &progress.value, progress.revision).await? {
                    return Ok(Some((taken, progress.value)));
                }
            }
            attempts += 1;
            if attempts == ATTEMPTS {
                return Err(disturbed().at_key(&progress_key));
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Puts the progress again, so that whoever knows its old revision looks at it again, and the hold beside it.
    async fn put(&self, cx: &Context, progress: &Bytes, before: Revision) -> Result<bool> {
        let mut commit = Commit::new(self.revision, Scope::Partition);
        commit.require(Condition::Revision(self.progress.clone(), before))?;
        commit.apply(Mutation::Put {
            key: self.progress.clone(),
            value: progress.clone(),
            expiry: Expiry::Never,
        })?;
        commit.apply(Mutation::Put {
            key: self.held.clone(),
            value: Bytes::new(),
            expiry: Expiry::After(Ttl::new(LASTS)?),
        })?;
        is_applied(self.store.backend().commit(cx, commit).await)
    }

    /// Has it last while reading goes on.
    pub(super) async fn extend(&mut self) -> Result<()> {
        if Instant::now() < self.until_extended {
            return Ok(());
        }
        let batch = WriteBatch {
            revision: self.store.new_revision(),
            writes: vec![Write::Put {
                key: self.held.clone(),
                value: Bytes::new(),
                expiry: Expiry::After(Ttl::new(LASTS)?),
            }],
        };
        let cx = context(&self.store);
        self.store.backend().write(&cx, batch).await?;
        self.until_extended = Instant::now() + EXTENDED_AFTER;
        Ok(())
    }

    /// Ends it; `false` where the shard has been changed in spite of it, or where that is not known.
    pub(super) async fn end(self) -> Result<bool> {
        let mut commit = Commit::new(self.store.new_revision(), Scope::Partition);
        commit.require(Condition::Revision(self.progress, self.revision))?;
        commit.apply(Mutation::Delete { key: self.held })?;
        let cx = context(&self.store);
        is_applied(self.store.backend().commit(&cx, commit).await)
    }
}

fn context<B: Backend>(store: &Store<B>) -> Context {
    store.context("checkpoint")
}

/// What is not known to have been applied is begun again.
fn is_applied(outcome: Result<Outcome>) -> Result<bool> {
    match outcome {
        Ok(Outcome::Applied(_)) => Ok(true),
        Ok(Outcome::Conflict(_)) => Ok(false),
        Err(error) if error.kind() == ErrorKind::OutcomeUnknown => Ok(false),
        Err(error) => Err(error),
    }
}

/// The error where a shard does not stand still.
pub(super) fn disturbed() -> Error {
    Error::new(
        ErrorKind::Conflict,
        "a shard of windows was changed again and again while it was read; try the checkpoint again",
    )
}
