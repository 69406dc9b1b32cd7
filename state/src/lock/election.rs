use std::future::Future;
use std::time::Duration;

use super::Fence;
use super::changes::Changes;
use super::guard::LockGuard;
use super::handle::{Lock, LockHolder};
use super::lease::Loss;
use crate::backend::{Backend, Notify, Ttl};
use crate::error::Result;
use crate::key::KeyLookup;
use crate::store::{Store, Transaction};

/// Candidates for the leadership of something, of which one at a time has it.
///
/// Who leads holds the [lock](Store::lock) of the key: the fence of the grant is the term, which rises strictly. A leader
/// learns that it leads no more before another can: its own clock counts less than the store's.
#[derive(Debug)]
#[must_use = "nobody leads until there is a campaign"]
pub struct Election<B, K> {
    lock: Lock<B, K>,
}

impl<B: Backend> Store<B> {
    /// The election whose leader holds the lock of `key`.
    ///
    /// ```
    /// # use typed_state::{StateKey, Store, backends::Memory};
    /// #[derive(StateKey, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
    /// #[state(namespace = "service", value = String)]
    /// struct Service {
    ///     name: String,
    /// }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> typed_state::Result<()> {
    /// # let store = Store::new(Memory::new());
    /// let key = Service { name: "billing".into() };
    /// let mut leaders = store.election(&key).observe();
    /// let leadership = store.election(&key).candidate("node 1").campaign().await?;
    /// let leader = leaders.next().await?.expect("somebody leads");
    /// assert_eq!((leader.name.as_str(), leader.fence), ("node 1", leadership.term()));
    /// leadership.resign().await?;
    /// # Ok(()) }
    /// ```
    pub fn election<Q: KeyLookup + ?Sized>(&self, key: &Q) -> Election<B, Q::Key> {
        Election {
            lock: self.lock(key).announced(),
        }
    }
}

impl<B, K> Election<B, K> {
    /// How long a leader leads from when it was elected or last renewed; so long do the others wait for one that died. Default 10 s.
    pub fn ttl(mut self, ttl: Ttl) -> Self {
        self.lock = self.lock.ttl(ttl);
        self
    }

    /// What this candidate is called, such as its address: at most 256 bytes. Default `process` and its number.
    pub fn candidate(mut self, name: impl Into<String>) -> Self {
        self.lock = self.lock.holder(name);
        self
    }
}

impl<B: Notify, K> Election<B, K> {
    /// Leads, as soon as nobody else does.
    ///
    /// Cancellation: a leadership that nobody took is resigned in the background.
    ///
    /// # Errors
    /// As [`Lock::acquire`].
    pub async fn campaign(&self) -> Result<Leadership<B, K>> {
        self.lock.acquire().await.map(Leadership)
    }

    /// As [`campaign`](Self::campaign), for at most so long.
    ///
    /// Cancellation: as [`campaign`](Self::campaign).
    ///
    /// # Errors
    /// As [`Lock::acquire_within`].
    pub async fn campaign_within(&self, limit: Duration) -> Result<Leadership<B, K>> {
        self.lock.acquire_within(limit).await.map(Leadership)
    }

    /// Who leads now; `None` where nobody does.
    ///
    /// Cancellation: nothing is left behind.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn leader(&self) -> Result<Option<LockHolder>> {
        self.lock.current().await
    }

    /// Observes who leads, without being a candidate.
    pub fn observe(self) -> Leaders<B, K> {
        Leaders {
            lock: self.lock,
            changes: Changes::default(),
            told: false,
            last: None,
            newest: None,
        }
    }
}

/// A term of leadership. Dropping it resigns in the background.
#[derive(Debug)]
#[must_use = "the leadership is resigned when it is dropped"]
pub struct Leadership<B: Backend, K>(LockGuard<B, K>);

impl<B: Backend, K> Leadership<B, K> {
    /// The number of the term, greater than those of all terms before.
    pub fn term(&self) -> Fence {
        self.0.fence()
    }

    /// Whether it surely leads now, by this process' clock.
    pub fn is_leading(&self) -> bool {
        self.0.is_held()
    }

    /// Ends when it leads no more, before another can. Never while it leads.
    ///
    /// Cancellation: without effect.
    pub async fn lost(&self) -> Loss {
        self.0.lost().await
    }

    /// Awaits `work`, and drops it where the leadership is lost meanwhile.
    ///
    /// Cancellation: `work` is dropped.
    ///
    /// # Errors
    /// [`LockLost`](crate::ErrorKind::LockLost) where it was lost before `work` had ended.
    pub async fn while_leading<T>(&self, work: impl Future<Output = T>) -> Result<T> {
        self.0.while_held(work).await
    }

    /// A transaction over the partition of the election's key, which applies only during this term.
    pub fn transaction(&self) -> Transaction<B> {
        self.0.transaction()
    }

    /// The lock that it is, whose writes are refused after this term.
    pub const fn guard(&self) -> &LockGuard<B, K> {
        &self.0
    }

    /// Lets another lead.
    ///
    /// Cancellation: it is resigned in the background.
    ///
    /// # Errors
    /// As [`LockGuard::release`].
    pub async fn resign(self) -> Result<()> {
        self.0.release().await
    }
}

/// Who leads, as it changes.
///
/// The newest is always told, and terms never go back; one that ended before it was looked at is left out.
#[derive(Debug)]
pub struct Leaders<B, K> {
    lock: Lock<B, K>,
    changes: Changes,
    /// Whether anything was told, and what at last.
    told: bool,
    last: Option<Fence>,
    newest: Option<Fence>,
}

impl<B: Notify, K> Leaders<B, K> {
    /// Who leads, `None` where nobody does: at first as it is, then each time that it is another.
    ///
    /// Cancellation: a dropped future leaves out nothing that is still so.
    ///
    /// # Errors
    /// Where the store cannot be read; it may be called again.
    pub async fn next(&mut self) -> Result<Option<LockHolder>> {
        loop {
            let cx = self.lock.store.context("observe");
            self.changes.begin(&self.lock.store, &cx).await;
            let leader = self.lock.current().await?;
            let term = leader.as_ref().map(|leader| leader.fence);
            // An older one is what a server tells that has not heard of the newest.
            let changed = !self.told || self.last != term;
            if changed && (term.is_none() || term >= self.newest) {
                self.told = true;
                self.last = term;
                self.newest = self.newest.max(term);
                return Ok(leader);
            }
            let names = self.lock.names()?;
            let ttl = leader.and_then(|leader| leader.ttl);
            self.changes
                .next(&self.lock.store, &[names.record.as_bytes()], ttl, None)
                .await;
        }
    }
}
