use std::fmt;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{Either, select};
use tokio::runtime::Handle;

use super::Fence;
use super::any_grant::AnyGrant;
use super::lease::{Grant, Granted, Lease, Loss, surely};
use super::to_its_end::ToItsEnd;
use crate::backend::{Key, Ttl};
use crate::error::{Error, ErrorKind, Result};
use crate::store::LockCounts;

/// A lock that is held, whoever granted it.
///
/// What it guards is not in the store, or not where the lock is: who was paused for too long may go on as if it held the lock
/// until it next looks. Send [`fence`](Self::fence) along with what you do, and have it refused where a greater one was seen.
///
/// Dropping it releases the lock in the background, on the runtime on which it was acquired; where that has ended, the lock is
/// free when its time to live is over. [`release`](Self::release) says whether it was held to the end.
#[must_use = "the lock is released when its guard is dropped"]
pub struct HeldLock {
    pub(super) lease: Lease<AnyGrant>,
    pub(super) key: Key,
}

impl HeldLock {
    /// Makes one try, which ends in a lock that is held or leaves nothing, whether or not this future is awaited to its end.
    pub(super) async fn attempt<G: Grant>(
        attempt: impl Future<Output = Result<Option<Granted<G>>>> + Send + 'static,
        key: &Key,
        counts: &Arc<LockCounts>,
    ) -> Result<Option<Self>> {
        let runtime = runtime()?;
        let (keeper, key, counts) = (runtime.clone(), key.clone(), Arc::clone(counts));
        let acquires = async move {
            let granted = in_time(attempt.await).await?;
            Ok(granted.map(|granted| Self::keep(granted, key, &keeper, &counts)))
        };
        // Where nobody waits for it any more, the lock is dropped and so released.
        ToItsEnd::new(acquires, runtime).await
    }

    /// Keeps what was granted, on this runtime.
    pub(super) fn keep<G: Grant>(
        granted: Granted<G>,
        key: Key,
        runtime: &Handle,
        counts: &Arc<LockCounts>,
    ) -> Self {
        Self {
            lease: Lease::keep(granted.erased(), runtime, counts),
            key,
        }
    }

    /// The number of this grant, greater than those of all grants of this lock before.
    pub fn fence(&self) -> Fence {
        self.lease.fence()
    }

    /// Whether the lock is surely held now, by this process' clock. Only who granted it knows.
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
    /// [`LockLost`](ErrorKind::LockLost) where it was lost before `work` had ended.
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
    /// [`LockLost`](ErrorKind::LockLost) where it is lost. After another error it is held as long as before, or for `ttl`
    /// where that is shorter.
    pub async fn extend(&self, ttl: Ttl) -> Result<()> {
        let extended = self.lease.extend(ttl).await;
        extended.map_err(|error| self.located(error))
    }

    /// Releases the lock.
    ///
    /// Cancellation: it is released in the background.
    ///
    /// # Errors
    /// [`LockLost`](ErrorKind::LockLost) where it had been lost: somebody else may have held it meanwhile. After another error
    /// it is free at the latest when its time to live is over.
    pub async fn release(self) -> Result<()> {
        let Self { lease, key } = self;
        let released = lease.release().await;
        released.map_err(|error| error.in_operation("unlock").at_key(&key))
    }

    pub(super) fn located(&self, error: Error) -> Error {
        error.in_operation("lock").at_key(&self.key)
    }
}

/// What was granted, unless its time was over when it was told.
async fn in_time<G: Grant>(granted: Result<Option<Granted<G>>>) -> Result<Option<Granted<G>>> {
    match granted {
        Ok(Some(late)) if late.asked.elapsed() >= surely(late.ttl) => {
            drop(late.grant.release().await);
            let wrong = "the answer of the store came when the grant had ended; acquire it again";
            Err(Error::new(ErrorKind::LockLost, wrong))
        }
        granted => granted,
    }
}

/// The runtime that a lock is acquired on.
pub(crate) fn runtime() -> Result<Handle> {
    Handle::try_current().map_err(|error| {
        let wrong = "a lock is acquired on a tokio runtime, which renews it";
        Error::new(ErrorKind::InvalidInput, wrong).with_source(error)
    })
}

impl fmt::Debug for HeldLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HeldLock")
            .field("key", &self.key)
            .field("fence", &self.fence())
            .field("is_held", &self.is_held())
            .finish_non_exhaustive()
    }
}
