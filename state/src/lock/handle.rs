use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use super::Fence;
use super::grant::{Attempt, look};
use super::guard::LockGuard;
use super::held::HeldLock;
use super::names::Names;
use super::subject::Subject;
use super::terms::{Terms, terms};
use super::{fair, record, wait};
#[cfg(any(feature = "windows", feature = "checkpoints"))]
use crate::backend::Key;
use crate::backend::{Backend, Condition, Context, Mutation, Notify, Ttl};
use crate::error::{Error, Result};
use crate::key::{KeyLookup, encode_key};
use crate::store::{Operation, Store};

/// The lock on one key, to be acquired.
///
/// It excludes other holders of the same lock, not writers that do not ask for it; those that must not write either
/// have to write through the [`LockGuard`], whose every write the store refuses after the lock was lost.
#[derive(Debug)]
#[must_use = "a lock is held by nobody until it is acquired"]
pub struct Lock<B, K> {
    pub(super) store: Store<B>,
    subject: Subject<Arc<Names>>,
    terms: Terms,
    fair: bool,
    announced: bool,
    kind: PhantomData<fn() -> K>,
}

/// Who holds a lock.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LockHolder {
    /// What it calls itself.
    pub name: String,
    /// The fence of its grant.
    pub fence: Fence,
    /// How long it has left if it does not renew.
    pub ttl: Option<Ttl>,
}

impl<B: Backend> Store<B> {
    /// The lock on `key`, which need not exist; the same key of another type has another lock.
    ///
    /// ```
    /// # use typed_state::{StateKey, Store, backends::Memory};
    /// #[derive(StateKey, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
    /// #[state(namespace = "account", value = i64)]
    /// struct Account {
    ///     number: u64,
    /// }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> typed_state::Result<()> {
    /// # let store = Store::new(Memory::new());
    /// let account = store.lock(&Account { number: 7 }).acquire().await?;
    /// let balance = account.get().await?.unwrap_or(0);
    /// account.put(&(balance + 5)).await?;
    /// account.release().await?;
    /// # Ok(()) }
    /// ```
    pub fn lock<Q: KeyLookup + ?Sized>(&self, key: &Q) -> Lock<B, Q::Key> {
        Lock {
            store: self.clone(),
            subject: Subject::of(encode_key(key)),
            terms: Terms::default(),
            fair: false,
            announced: false,
            kind: PhantomData,
        }
    }
}

#[cfg(any(feature = "windows", feature = "checkpoints"))]
impl<B: Backend> Store<B> {
    /// The lock on an entry that is no key type's.
    pub(crate) fn lock_of_entry(&self, key: Key) -> Lock<B, ()> {
        Lock {
            store: self.clone(),
            subject: Subject::of(Ok(key)),
            terms: Terms::default(),
            fair: false,
            announced: false,
            kind: PhantomData,
        }
    }
}

#[cfg(feature = "windows")]
impl<B: Backend, K> Lock<B, K> {
    /// The key of the entry that is there while somebody holds it.
    pub(crate) fn record_key(&self) -> Result<&Key> {
        Ok(&self.names()?.record)
    }
}

impl<B, K> Lock<B, K> {
    terms! {
        /// How long a grant lives from when it is given or renewed. Default 10 s.
        ///
        /// Who dies or is paused for longer loses the lock, and so long do others wait for one who died. The store's clock counts
        /// it; the holder counts 1 % and 2 ms less by its own.
        ttl;
        /// Whether a grant is renewed by itself each third of its time to live. Default yes.
        renewed;
        /// What the holder is called, for people and observers: at most 256 bytes. Default `process` and its number.
        holder;
    }

    /// Whether those that wait get it in the order in which they came. Default no: whoever comes first after a release gets it.
    ///
    /// The order is among those that ask for it; who does not may come between. It costs another commit for each that waits.
    pub const fn fair(mut self, fair: bool) -> Self {
        self.fair = fair;
        self
    }

    /// Whether a grant is told to those that watch the store, as a release is.
    pub(super) const fn announced(mut self) -> Self {
        self.announced = true;
        self
    }
}

impl<B: Backend, K> Lock<B, K> {
    /// Acquires it, if nobody has it now.
    ///
    /// Cancellation: what a dropped future has acquired is released in the background.
    ///
    /// # Errors
    /// [`OutcomeUnknown`](crate::ErrorKind::OutcomeUnknown) where it may have been acquired; it is free again after its time to live.
    pub async fn try_acquire(&self) -> Result<Option<LockGuard<B, K>>> {
        let cx = self.store.context("lock");
        self.attempt(&cx, Vec::new(), Vec::new()).await
    }

    /// Who holds it now; `None` where nobody does.
    ///
    /// Cancellation: nothing is left behind.
    pub fn current(&self) -> Operation<'_, Option<LockHolder>> {
        Box::pin(async move {
            let names = self.names()?;
            let cx = self.store.context("lock").with_lifetimes();
            let found = look(&self.store, names, &cx).await;
            let found = found.map_err(|error| self.located(error))?;
            let Some((entry, fence)) = found.record.zip(found.fence) else {
                return Ok(None);
            };
            Ok(Some(LockHolder {
                name: record::decode(&entry.value)
                    .map_err(|error| self.located(error))?
                    .to_owned(),
                fence,
                ttl: entry.ttl,
            }))
        })
    }

    /// How many wait for it [in order](Self::fair); some of them may have died a moment ago.
    ///
    /// Cancellation: nothing is left behind.
    pub fn waiters(&self) -> Operation<'_, usize> {
        Box::pin(async move {
            let cx = self.store.context("lock");
            let waiters = fair::waiters(&self.store, self.names()?, &cx).await;
            waiters
                .map(|waiters| waiters.len())
                .map_err(|error| self.located(error))
        })
    }

    pub(super) fn names(&self) -> Result<&Arc<Names>> {
        self.subject.get()
    }

    fn located(&self, error: Error) -> Error {
        self.subject.located(error)
    }

    /// One try, which ends in a guard or leaves nothing held, whether or not this future is awaited to its end.
    pub(super) async fn attempt(
        &self,
        cx: &Context,
        conditions: Vec<Condition>,
        mutations: Vec<Mutation>,
    ) -> Result<Option<LockGuard<B, K>>> {
        let names = Arc::clone(self.names()?);
        let attempt = Attempt::new(&self.store, &names, &self.terms);
        let mut attempt = attempt.map_err(|error| self.located(error))?;
        (attempt.conditions, attempt.mutations) = (conditions, mutations);
        let revision = attempt.revision;
        let cx = if self.announced {
            cx.with_announcements()
        } else {
            *cx
        };
        let attempt = attempt.make(cx);
        let held = HeldLock::attempt(attempt, &names.guarded, self.store.lock_counts()).await;
        let held = held.map_err(|error| self.located(error))?;
        Ok(held.map(|held| LockGuard::new(held, self.store.clone(), names, revision)))
    }
}

impl<B: Backend, K> Lock<B, K> {
    /// Acquires it, and waits for it as long as it takes; a [timeout](Store::with_timeout) of the store's view bounds each request,
    /// not the wait.
    ///
    /// Those that wait are told of a release by the store's notices where it has them. They look by themselves when the grant that
    /// they wait for must have expired, each second, and where nothing is heard four to twenty times a second.
    ///
    /// Cancellation: what a dropped future has acquired is released in the background.
    ///
    /// # Errors
    /// As [`try_acquire`](Self::try_acquire), and where the store fails for so long that nothing that can be tried again is left.
    pub fn acquire(&self) -> Operation<'_, LockGuard<B, K>>
    where
        B: Notify,
    {
        Box::pin(self.wait(None))
    }

    /// Acquires it, and waits at most so long.
    ///
    /// Cancellation: as [`acquire`](Self::acquire).
    ///
    /// # Errors
    /// [`Timeout`](crate::ErrorKind::Timeout) where somebody else had it all the time, and as [`acquire`](Self::acquire).
    pub fn acquire_within(&self, limit: Duration) -> Operation<'_, LockGuard<B, K>>
    where
        B: Notify,
    {
        Box::pin(self.wait(Some(limit)))
    }

    async fn wait(&self, limit: Option<Duration>) -> Result<LockGuard<B, K>>
    where
        B: Notify,
    {
        let waited = if self.fair {
            fair::acquire(self, limit).await
        } else {
            wait::acquire(self, limit).await
        };
        waited.map_err(|error| self.located(error))
    }
}
