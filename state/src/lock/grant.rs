//! What the store grants: an entry that only its holder's revision opens.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::time::{Instant, sleep};

use super::Fence;
use super::lease::{Grant, Granted};
use super::names::Names;
use super::record;
use super::terms::Terms;
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

/// What every write of the holder requires, so that the store refuses it after a loss.
pub(super) fn record_is_ours(names: &Names, revision: Revision) -> Condition {
    Condition::Revision(names.record.clone(), revision)
}

impl<B: Backend> RecordGrant<B> {
    /// Commits one mutation of the record where it is still ours.
    pub(super) async fn change(&self, cx: &Context, mutation: Mutation) -> Result<bool> {
        let mut commit = Commit::new(self.store.new_revision(), Scope::Partition);
        commit.require(record_is_ours(&self.names, self.revision))?;
        commit.apply(mutation)?;
        match self.store.backend().commit(cx, commit).await {
            Ok(Outcome::Applied(_)) => Ok(true),
            Ok(Outcome::Conflict(_)) => Ok(false),
            Err(error) => Err(error.in_operation(cx.operation).at_key(&self.names.guarded)),
        }
    }

    /// Deletes the record where it is still ours, and tells those who wait.
    pub(super) async fn end(&self, cx: Context) -> Result<bool> {
        let key = self.names.record.clone();
        let cx = cx.forced().with_announcements();
        self.change(&cx, Mutation::Delete { key }).await
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
        self.end(self.store.context("unlock")).await
    }
}

/// One try to get a lock.
#[derive(Debug, Clone)]
pub(super) struct Attempt<B> {
    pub(super) store: Store<B>,
    pub(super) names: Arc<Names>,
    /// What tells this grant from all others.
    pub(super) revision: Revision,
    pub(super) holder: Bytes,
    pub(super) ttl: Ttl,
    pub(super) renews: bool,
    /// What else must hold, and what else is changed.
    pub(super) conditions: Vec<Condition>,
    pub(super) mutations: Vec<Mutation>,
}

impl<B: Backend> Attempt<B> {
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) where the holder's name is too long.
    pub(super) fn new(store: &Store<B>, names: &Arc<Names>, terms: &Terms) -> Result<Self> {
        Ok(Self {
            store: store.clone(),
            names: Arc::clone(names),
            revision: store.new_revision(),
            holder: record::encode(&terms.holder)?,
            ttl: terms.ttl,
            renews: terms.renews,
            conditions: Vec::new(),
            mutations: Vec::new(),
        })
    }

    /// The grant; `None` where somebody else has it or another condition does not hold.
    pub(super) async fn make(self, mut cx: Context) -> Result<Option<Granted<RecordGrant<B>>>> {
        let asked = Instant::now();
        // What comes after the time to live is of no use, and must not lock anybody out.
        let over = Deadline::at((asked + self.ttl.as_duration()).into_std());
        let deadline = cx.deadline.map_or(over, |deadline| deadline.min(over));
        cx.deadline = Some(deadline);
        let commit = self.commit()?;
        let fence = match self.store.backend().commit(&cx, commit).await {
            Ok(Outcome::Applied(effects)) => Some(fence_of(&effects)?),
            Ok(Outcome::Conflict(_)) => None,
            Err(error) if error.kind() == ErrorKind::OutcomeUnknown => {
                self.settle(deadline, error).await?
            }
            Err(error) => return Err(error),
        };
        Ok(fence.map(|fence| Granted {
            grant: self.grant(),
            fence,
            ttl: self.ttl,
            renews: self.renews,
            asked,
        }))
    }

    /// What makes the grant; its second effect is the fence's.
    pub(super) fn commit(&self) -> Result<Commit> {
        let mut commit = Commit::new(self.revision, Scope::Partition);
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

    /// Whether a commit whose answer was lost is a grant. It is not applied after its deadline.
    ///
    /// That the record stands in the store is not enough: a server may show what the replicas that a commit waits for have not
    /// got, and be about to lose it. It is granted where it can be renewed, since a renewal waits for what a commit does.
    async fn settle(&self, deadline: Deadline, lost: Error) -> Result<Option<Fence>> {
        const PAUSE: Duration = Duration::from_millis(20);
        let mut cx = Context::new().for_operation("lock");
        cx.deadline = Deadline::after(self.ttl.as_duration());
        let mut ours = false;
        loop {
            let was_over = deadline.has_passed();
            match look(&self.store, &self.names, &cx).await {
                Ok(Look {
                    revision: Some(found),
                    fence: Some(fence),
                    ..
                }) if found == self.revision => {
                    ours = true;
                    match self.grant().renew(self.ttl, deadline).await {
                        Ok(true) => return Ok(Some(fence)),
                        Ok(false) => return Ok(None),
                        Err(_) if was_over => break,
                        Err(_) => sleep(PAUSE).await,
                    }
                }
                Ok(_) if was_over => return Ok(None),
                Ok(_) => sleep(PAUSE).await,
                Err(_) => break,
            }
        }
        if ours {
            // Nobody holds it, so nobody should wait for its end.
            let grant = self.grant();
            tokio::spawn(async move { grant.release().await });
        }
        Err(lost)
    }

    fn grant(&self) -> RecordGrant<B> {
        RecordGrant {
            store: self.store.clone(),
            names: Arc::clone(&self.names),
            revision: self.revision,
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

/// The fence of a grant whose commit had these effects.
pub(super) fn fence_of(effects: &[Effect]) -> Result<Fence> {
    match effects.get(1) {
        Some(&Effect::Added(number)) => fence(number),
        _ => Err(Error::new(
            ErrorKind::Backend,
            "the backend did not say what it added",
        )),
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
