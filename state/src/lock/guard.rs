use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::Arc;

use super::grant::record_is_ours;
use super::held::HeldLock;
use super::names::Names;
use crate::backend::{Backend, Commit, Condition, Effect, Mutation, Outcome, Revision, Scope};
use crate::error::{Error, Result};
use crate::key::StateKey;
use crate::store::{Operation, Store, Transaction};
use crate::value::SingleValue;

/// A lock that is held: the exclusive handle to the entry of its key.
///
/// Every write through it requires, in the store and in the same commit, that the lock is still this holder's: who slept past
/// its time to live is refused, whatever its own clock says. Dropping it releases the lock in the background, on the
/// runtime on which it was acquired; where that has ended, the lock is free when its time to live is over.
///
/// [`release`](Self::release) says whether it was held to the end. What it is beside the entry, every [`HeldLock`] is: its
/// [`fence`](HeldLock::fence), whether it [`is_held`](HeldLock::is_held), when it is [`lost`](HeldLock::lost).
#[must_use = "the lock is released when its guard is dropped"]
pub struct LockGuard<B: Backend, K> {
    held: HeldLock,
    store: Store<B>,
    names: Arc<Names>,
    revision: Revision,
    kind: PhantomData<fn() -> K>,
}

impl<B: Backend, K> LockGuard<B, K> {
    pub(super) const fn new(
        held: HeldLock,
        store: Store<B>,
        names: Arc<Names>,
        revision: Revision,
    ) -> Self {
        Self {
            held,
            store,
            names,
            revision,
            kind: PhantomData,
        }
    }

    /// Releases the lock.
    ///
    /// Cancellation: it is released in the background.
    ///
    /// # Errors
    /// [`LockLost`](crate::ErrorKind::LockLost) where it had been lost: somebody else may have held it meanwhile. After another error it is free
    /// at the latest when its time to live is over.
    pub async fn release(self) -> Result<()> {
        self.held.release().await
    }

    /// A transaction over the partition of the key, which applies only while the lock is held.
    ///
    /// It may read and write all keys of the partition. Its commit fails with [`LockLost`](crate::ErrorKind::LockLost) after a loss.
    pub fn transaction(&self) -> Transaction<B> {
        self.store.fenced_transaction(self.condition())
    }

    /// The key of the entry that says who holds it.
    #[cfg(feature = "testing")]
    pub(crate) fn record_key(&self) -> &crate::backend::Key {
        &self.names.record
    }

    /// What every commit requires that is to apply only while the lock is held.
    pub(crate) fn condition(&self) -> Condition {
        record_is_ours(&self.names, self.revision)
    }
}

impl<B: Backend, K: StateKey> LockGuard<B, K> {
    /// The value of the key; `None` where there is none.
    ///
    /// Cancellation: nothing is left behind.
    ///
    /// # Errors
    /// [`LockLost`](crate::ErrorKind::LockLost) where this process knows that the lock is lost. The answer may be old by the time it is
    /// used, as any; what follows from it is refused by the store then.
    pub fn get(&self) -> Operation<'_, Option<K::Value>>
    where
        K::Value: SingleValue,
    {
        Box::pin(async move {
            self.held
                .lease
                .check()
                .map_err(|error| self.held.located(error))?;
            let key = &self.held.key;
            self.store.get_encoded("get", key).await
        })
    }

    /// Writes the value of the key.
    ///
    /// Cancellation: a dropped future leaves the old value or the new one.
    ///
    /// # Errors
    /// [`LockLost`](crate::ErrorKind::LockLost) where the lock is lost; nothing is written.
    pub fn put(&self, value: &K::Value) -> Operation<'_, ()>
    where
        K::Value: SingleValue,
    {
        let put = self.store.put_mutation(self.held.key.clone(), value);
        Box::pin(async move {
            let put = put.map_err(|error| self.held.located(error))?;
            self.change("put", put).await.map(drop)
        })
    }

    /// Removes the value of the key, and says whether there was one.
    ///
    /// Cancellation: a dropped future leaves the value or none.
    ///
    /// # Errors
    /// As [`put`](Self::put).
    pub fn delete(&self) -> Operation<'_, bool>
    where
        K::Value: SingleValue,
    {
        let key = self.held.key.clone();
        Box::pin(async move { self.change("delete", Mutation::Delete { key }).await })
    }
}

impl<B: Backend, K> LockGuard<B, K> {
    /// Commits one mutation of the guarded entry while the lock is held.
    async fn change(&self, operation: &'static str, mutation: Mutation) -> Result<bool> {
        let cx = self.store.context(operation);
        let mut commit = Commit::new(self.store.new_revision(), Scope::Partition);
        commit.require(self.condition())?;
        commit.apply(mutation)?;
        let outcome = self.store.backend().commit(&cx, commit).await;
        match outcome.map_err(|error| self.held.located(error.in_operation(operation)))? {
            Outcome::Applied(effects) => Ok(effects.first() != Some(&Effect::Deleted(false))),
            Outcome::Conflict(_) => {
                self.held.lease.lose();
                Err(self
                    .held
                    .located(Error::lock_lost().in_operation(operation)))
            }
        }
    }
}

impl<B: Backend, K> Deref for LockGuard<B, K> {
    type Target = HeldLock;

    fn deref(&self) -> &HeldLock {
        &self.held
    }
}

impl<B: Backend, K> fmt::Debug for LockGuard<B, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LockGuard")
            .field("key", &self.held.key)
            .field("fence", &self.held.fence())
            .field("is_held", &self.held.is_held())
            .finish_non_exhaustive()
    }
}
