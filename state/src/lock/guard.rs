use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::pin;
use std::time::Duration;

use futures_util::future::{Either, select};

use super::Fence;
use super::grant::RecordGrant;
use super::lease::{Lease, Loss};
use crate::backend::{Backend, Commit, Condition, Effect, Mutation, Outcome, Scope, Ttl};
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
/// [`release`](Self::release) says whether it was held to the end.
#[must_use = "the lock is released when its guard is dropped"]
pub struct LockGuard<B: Backend, K> {
    lease: Lease<RecordGrant<B>>,
    store: Store<B>,
    kind: PhantomData<fn() -> K>,
}

impl<B: Backend, K> LockGuard<B, K> {
    pub(super) const fn new(lease: Lease<RecordGrant<B>>, store: Store<B>) -> Self {
        Self {
            lease,
            store,
            kind: PhantomData,
        }
    }

    /// The number of this grant, greater than those of all grants of this lock before.
    pub fn fence(&self) -> Fence {
        self.lease.fence()
    }

    /// Whether the lock is surely held now, by this process' clock. Only the store knows, and it looks at each write.
    pub fn is_held(&self) -> bool {
        self.lease.is_held()
    }

    /// How long it is surely held from now on if it is not renewed; zero where it is lost.
    pub fn remaining(&self) -> Duration {
        self.lease.remaining()
    }

    /// Ends when the lock is lost, at the latest when somebody else can have it. Never while it is held.
    ///
    /// Cancellation: without effect.
    pub async fn lost(&self) -> Loss {
        self.lease.lost().await
    }

    /// Awaits `work`, and drops it where the lock is lost meanwhile.
    ///
    /// Cancellation: `work` is dropped.
    ///
    /// # Errors
    /// [`LockLost`](crate::ErrorKind::LockLost) where it was lost before `work` had ended.
    pub async fn while_held<T>(&self, work: impl Future<Output = T>) -> Result<T> {
        match select(pin!(self.lost()), pin!(work)).await {
            Either::Left(_) => Err(self.located(Error::lock_lost())),
            Either::Right((done, _)) => Ok(done),
        }
    }

    /// Has the lock live for `ttl` from now on, and be renewed for as long.
    ///
    /// Cancellation: it is extended or not.
    ///
    /// # Errors
    /// [`LockLost`](crate::ErrorKind::LockLost) where it is lost. After another error it is held as long as before, or for `ttl` where that is
    /// shorter.
    pub async fn extend(&self, ttl: Ttl) -> Result<()> {
        self.lease
            .extend(ttl)
            .await
            .map_err(|error| self.located(error))
    }

    /// Releases the lock.
    ///
    /// Cancellation: it is released in the background.
    ///
    /// # Errors
    /// [`LockLost`](crate::ErrorKind::LockLost) where it had been lost: somebody else may have held it meanwhile. After another error it is free
    /// at the latest when its time to live is over.
    pub async fn release(self) -> Result<()> {
        let key = self.lease.grant().names.guarded.clone();
        let released = self.lease.release().await;
        released.map_err(|error| error.in_operation("unlock").at_key(&key))
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
        &self.lease.grant().names.record
    }

    fn condition(&self) -> Condition {
        self.lease.grant().condition()
    }

    fn located(&self, error: Error) -> Error {
        error
            .in_operation("lock")
            .at_key(&self.lease.grant().names.guarded)
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
            self.lease.check().map_err(|error| self.located(error))?;
            let key = &self.lease.grant().names.guarded;
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
        let put = self
            .store
            .put_mutation(self.lease.grant().names.guarded.clone(), value);
        Box::pin(async move {
            let put = put.map_err(|error| self.located(error))?;
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
        let key = self.lease.grant().names.guarded.clone();
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
        match outcome.map_err(|error| self.located(error.in_operation(operation)))? {
            Outcome::Applied(effects) => Ok(effects.first() != Some(&Effect::Deleted(false))),
            Outcome::Conflict(_) => {
                self.lease.lose();
                Err(self.located(Error::lock_lost().in_operation(operation)))
            }
        }
    }
}

impl<B: Backend, K> fmt::Debug for LockGuard<B, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LockGuard")
            .field("key", &self.lease.grant().names.guarded)
            .field("fence", &self.fence())
            .field("is_held", &self.is_held())
            .finish_non_exhaustive()
    }
}
