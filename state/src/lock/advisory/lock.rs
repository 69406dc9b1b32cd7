use std::time::Duration;

use tokio::time::Instant;

use super::super::handle::DEFAULT_TTL;
use super::super::held::{HeldLock, runtime};
use super::super::lease::Granted;
use super::super::poll::Polling;
use super::grant::AdvisoryGrant;
use super::ledger;
use super::number::number;
use crate::backend::{Context, Key, Ttl};
use crate::backends::{AdvisoryForm, AdvisorySession, Postgres};
use crate::error::{Error, Result};
use crate::key::{KeyLookup, encode_key};
use crate::store::Store;

/// The advisory lock of one key, to be acquired.
#[derive(Debug)]
#[must_use = "a lock is held by nobody until it is acquired"]
pub struct AdvisoryLock {
    store: Store<Postgres>,
    subject: Result<Subject>,
    form: AdvisoryForm,
    ttl: Ttl,
    renews: bool,
}

/// What is locked.
#[derive(Debug)]
struct Subject {
    key: Key,
    number: i64,
}

impl Store<Postgres> {
    /// The advisory lock of `key`, which need not exist. It knows nothing of [`Store::lock`].
    ///
    /// A store with layers has none; a store on a clone of its backend has.
    pub fn advisory_lock<Q: KeyLookup + ?Sized>(&self, key: &Q) -> AdvisoryLock {
        let table = self.backend().shown_table();
        AdvisoryLock {
            store: self.clone(),
            subject: encode_key(key).map(|key| Subject {
                number: number(&table, key.as_bytes()),
                key,
            }),
            form: AdvisoryForm::default(),
            ttl: DEFAULT_TTL,
            renews: true,
        }
    }
}

impl AdvisoryLock {
    /// What the lock is bound to. Default: a session.
    pub const fn form(mut self, form: AdvisoryForm) -> Self {
        self.form = form;
        self
    }

    /// After how long of silence the server ends the connection of the holder, and so the lock. Default 10 s.
    pub const fn ttl(mut self, ttl: Ttl) -> Self {
        self.ttl = ttl;
        self
    }

    /// Whether the holder tells the server by itself, each third of the time to live, that it is there. Default yes.
    pub const fn renewed(mut self, renewed: bool) -> Self {
        self.renews = renewed;
        self
    }

    /// The number that the server knows the lock by, as `pg_locks` shows it: its upper half under `classid`, its lower under `objid`.
    ///
    /// # Errors
    /// [`TooLarge`](crate::ErrorKind::TooLarge) where the key is.
    pub fn number(&self) -> Result<i64> {
        Ok(self.subject()?.number)
    }

    /// With a number of the test's choice.
    #[cfg(feature = "testing")]
    #[doc(hidden)]
    pub fn with_number(mut self, number: i64) -> Self {
        self.subject = self.subject.map(|subject| Subject { number, ..subject });
        self
    }

    /// Acquires it, if nobody has it now.
    ///
    /// Cancellation: what a dropped future has acquired ends with its connection.
    ///
    /// # Errors
    /// [`Unsupported`](crate::ErrorKind::Unsupported) for the session form through a pooler, and where another key has the same number;
    /// [`Unavailable`](crate::ErrorKind::Unavailable) where no primary can be reached.
    pub async fn try_acquire(&self) -> Result<Option<HeldLock>> {
        let tried = self.attempt(&self.store.context("lock"), &mut None).await;
        tried.map_err(|error| self.located(error))
    }

    /// Acquires it, and waits for it as long as it takes, over one connection: it is asked for four to twenty times a second.
    ///
    /// Cancellation: as [`try_acquire`](Self::try_acquire).
    ///
    /// # Errors
    /// As [`try_acquire`](Self::try_acquire); an error that can be tried again when it comes three times in a row.
    pub async fn acquire(&self) -> Result<HeldLock> {
        self.wait(None).await
    }

    /// Acquires it, and waits at most so long.
    ///
    /// Cancellation: as [`try_acquire`](Self::try_acquire).
    ///
    /// # Errors
    /// [`Timeout`](crate::ErrorKind::Timeout) where others had it all the time, and as [`acquire`](Self::acquire).
    pub async fn acquire_within(&self, limit: Duration) -> Result<HeldLock> {
        self.wait(Some(limit)).await
    }

    async fn wait(&self, limit: Option<Duration>) -> Result<HeldLock> {
        let mut polling = Polling::new(self.store.lock_counts(), limit);
        let mut session = None;
        loop {
            let cx = polling.context(self.store.context("lock"));
            let tried = self.attempt(&cx, &mut session).await;
            let after = polling.after(tried, self.store.random()).await;
            if let Some(held) = after.map_err(|error| self.located(error))? {
                return Ok(held);
            }
        }
    }

    /// One try, over the session of the last one, which is kept for the next.
    async fn attempt(
        &self,
        cx: &Context,
        last: &mut Option<AdvisorySession>,
    ) -> Result<Option<HeldLock>> {
        let runtime = runtime()?;
        let Subject { key, number } = self.subject()?;
        let mut session = match last.take() {
            Some(session) => session,
            None => self.open(cx).await?,
        };
        let asked = Instant::now();
        if !session.try_lock(*number, self.ttl, cx).await? {
            *last = Some(session);
            return Ok(None);
        }
        let fence = ledger::count(&self.store, cx, *number, key).await?;
        let granted = Granted {
            grant: AdvisoryGrant::new(*number, session),
            fence,
            ttl: self.ttl,
            renews: self.renews,
            asked,
        };
        let counts = self.store.lock_counts();
        Ok(Some(HeldLock::keep(granted, key.clone(), &runtime, counts)))
    }

    async fn open(&self, cx: &Context) -> Result<AdvisorySession> {
        let nonce = self.store.random();
        let postgres = self.store.backend();
        postgres.advisory_session(cx, self.form, nonce).await
    }

    fn subject(&self) -> Result<&Subject> {
        let subject = self.subject.as_ref();
        subject.map_err(|error| error.copied().in_operation("lock"))
    }

    fn located(&self, error: Error) -> Error {
        let error = error.in_operation("lock");
        match &self.subject {
            Ok(subject) => error.at_key(&subject.key),
            Err(_) => error,
        }
    }
}
