//! What the store grants: an entry that only its holder's revision opens.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep};

use super::Fence;
use super::lease::{Grant, Granted, Lease, surely};
use super::names::Names;
use crate::backend::{
    Backend, Commit, Condition, Context, Deadline, Effect, Entry, Expiry, Key, Mutation, Outcome,
    Revision, Scope, Ttl, decode_counter,
};
use crate::error::{Error, ErrorKind, Result};
use crate::store::Store;

/// A lock record of this process: it is ours as long as it has our revision.
#[derive(Debug)]
pub(super) struct RecordGrant<B> {
    pub(super) store: Store<B>,
    pub(super) names: Arc<Names>,
    pub(super) revision: Revision,
}

impl<B> RecordGrant<B> {
    /// What every write of the holder requires, so that the store refuses it after a loss.
    pub(super) fn condition(&self) -> Condition {
        Condition::Revision(self.names.record.clone(), self.revision)
    }
}

impl<B: Backend> RecordGrant<B> {
    /// Commits one mutation of the record where it is still ours.
    async fn change(&self, cx: &Context, mutation: Mutation) -> Result<bool> {
        let mut commit = Commit::new(self.store.new_revision(), Scope::Partition);
        commit.require(self.condition())?;
        commit.apply(mutation)?;
        match self.store.backend().commit(cx, commit).await {
            Ok(Outcome::Applied(_)) => Ok(true),
            Ok(Outcome::Conflict(_)) => Ok(false),
            Err(error) => Err(error.in_operation(cx.operation).at_key(&self.names.guarded)),
        }
    }
}

impl<B: Backend> Grant for RecordGrant<B> {
    async fn renew(&self, ttl: Ttl, deadline: Deadline) -> Result<bool> {
        let cx = Context::new().for_operation("renew").forced();
        let touch = Mutation::Touch {
            key: self.names.record.clone(),
            expiry: Expiry::After(ttl),
        };
        self.change(&cx.with_deadline(deadline), touch).await
    }

    async fn release(&self) -> Result<bool> {
        let cx = self.store.context("unlock").forced().with_announcements();
        let key = self.names.record.clone();
        self.change(&cx, Mutation::Delete { key }).await
    }
}

/// One try to get a lock.
#[derive(Debug, Clone)]
pub(super) struct Attempt<B> {
    pub(super) store: Store<B>,
    pub(super) names: Arc<Names>,
    pub(super) holder: Bytes,
    pub(super) ttl: Ttl,
    pub(super) renews: bool,
    /// What else must hold, and what else is changed.
    pub(super) conditions: Vec<Condition>,
    pub(super) mutations: Vec<Mutation>,
}

impl<B: Backend> Attempt<B> {
    /// One try, which ends in a lease or leaves nothing held, whether or not this future is awaited to its end.
    pub(super) async fn make_unless_dropped(
        self,
        cx: &Context,
    ) -> Result<Option<Lease<RecordGrant<B>>>> {
        let runtime = Handle::try_current().map_err(|error| {
            let wrong = "a lock is acquired on a tokio runtime, which renews it";
            Error::new(ErrorKind::InvalidInput, wrong).with_source(error)
        })?;
        let (answer, answered) = oneshot::channel();
        let (cx, counts) = (*cx, Arc::clone(self.store.lock_counts()));
        runtime.clone().spawn(async move {
            let granted = self.make(cx).await;
            let lease = granted
                .map(|granted| granted.map(|granted| Lease::keep(granted, &runtime, &counts)));
            // Where nobody waits for it any more, the lease is dropped and so released.
            drop(answer.send(lease));
        });
        let answered = answered.await.map_err(|error| {
            let wrong = "the runtime ended while the lock was being acquired";
            Error::new(ErrorKind::OutcomeUnknown, wrong).with_source(error)
        });
        answered.flatten()
    }

    /// The grant; `None` where somebody else has it or another condition does not hold.
    async fn make(self, mut cx: Context) -> Result<Option<Granted<RecordGrant<B>>>> {
        let asked = Instant::now();
        // What comes after the time to live is of no use, and must not lock anybody out.
        let over = Deadline::at((asked + self.ttl.as_duration()).into_std());
        let deadline = cx.deadline.map_or(over, |deadline| deadline.min(over));
        cx.deadline = Some(deadline);
        let revision = self.store.new_revision();
        let commit = self.commit(revision)?;
        let fence = match self.store.backend().commit(&cx, commit).await {
            Ok(Outcome::Applied(effects)) => match effects.get(1) {
                Some(&Effect::Added(number)) => Some(fence(number)?),
                _ => {
                    return Err(Error::new(
                        ErrorKind::Backend,
                        "the backend did not say what it added",
                    ));
                }
            },
            Ok(Outcome::Conflict(_)) => None,
            Err(error) if error.kind() == ErrorKind::OutcomeUnknown => {
                self.settle(revision, deadline, error).await?
            }
            Err(error) => return Err(error),
        };
        let Some(fence) = fence else { return Ok(None) };
        let grant = RecordGrant {
            store: self.store,
            names: self.names,
            revision,
        };
        if asked.elapsed() >= surely(self.ttl) {
            drop(grant.release().await);
            let wrong = "the answer of the store came when the grant had ended; acquire it again";
            return Err(Error::new(ErrorKind::LockLost, wrong));
        }
        Ok(Some(Granted {
            grant,
            fence,
            ttl: self.ttl,
            renews: self.renews,
            asked,
        }))
    }

    fn commit(&self, revision: Revision) -> Result<Commit> {
        let mut commit = Commit::new(revision, Scope::Partition);
        commit.require(Condition::Absent(self.names.record.clone()))?;
        commit.apply(Mutation::Put {
            key: self.names.record.clone(),
            value: self.holder.clone(),
            expiry: Expiry::After(self.ttl),
        })?;
        commit.apply(Mutation::Add {
            key: self.names.fence.clone(),
            delta: 1,
            expiry: Expiry::Never,
        })?;
        for condition in &self.conditions {
            commit.require(condition.clone())?;
        }
        for mutation in &self.mutations {
            commit.apply(mutation.clone())?;
        }
        Ok(commit)
    }

    /// Whether a commit whose answer was lost was applied. It is not applied after its deadline.
    async fn settle(
        &self,
        revision: Revision,
        deadline: Deadline,
        lost: Error,
    ) -> Result<Option<Fence>> {
        const PAUSE: Duration = Duration::from_millis(20);
        let mut cx = Context::new().for_operation("lock");
        cx.deadline = Deadline::after(self.ttl.as_duration());
        loop {
            let was_over = deadline.has_passed();
            match look(&self.store, &self.names, &cx).await {
                Ok(Look {
                    revision: Some(found),
                    fence: Some(fence),
                    ..
                }) if found == revision => {
                    return Ok(Some(fence));
                }
                Ok(_) if was_over => return Ok(None),
                Ok(_) => sleep(PAUSE).await,
                Err(_) => return Err(lost),
            }
        }
    }
}

/// What stands in the store of a lock.
#[derive(Debug)]
pub(super) struct Look {
    /// The revision of the record, where it is held.
    pub(super) revision: Option<Revision>,
    pub(super) record: Option<Entry>,
    /// The fence of the last grant.
    pub(super) fence: Option<Fence>,
}

/// Looks at a lock.
pub(super) async fn look<B: Backend>(
    store: &Store<B>,
    names: &Names,
    cx: &Context,
) -> Result<Look> {
    let keys = [names.record.clone(), names.fence.clone()];
    loop {
        let mut entries = store.backend().get(cx, &keys).await?.into_iter();
        let (record, fenced) = (entries.next().flatten(), entries.next().flatten());
        let both = record.as_ref().zip(fenced.as_ref());
        // A grant gives both the same revision; else they are of different moments.
        if both.is_some_and(|(record, fenced)| record.revision != fenced.revision) {
            tokio::task::yield_now().await;
            cx.check()?;
            continue;
        }
        let number =
            fenced.map(|entry| decode_counter(&entry.value).ok_or_else(|| foreign(&names.fence)));
        return Ok(Look {
            revision: record.as_ref().map(|entry| entry.revision),
            record,
            fence: number.transpose()?.map(fence).transpose()?,
        });
    }
}

fn fence(number: i64) -> Result<Fence> {
    let number = u64::try_from(number);
    number.map(Fence::new).map_err(|error| {
        Error::new(ErrorKind::Corrupt, "the fence of the lock is negative").with_source(error)
    })
}

fn foreign(key: &Key) -> Error {
    Error::new(ErrorKind::Corrupt, "the stored bytes are not a fence").at_key(key)
}
