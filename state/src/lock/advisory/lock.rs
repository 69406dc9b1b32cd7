use std::time::Duration;

use tokio::time::Instant;

use super::super::held::{HeldLock, runtime};
use super::super::lease::Granted;
use super::super::poll::{Polling, ends_by};
use super::super::subject::{Guards, Subject};
use super::super::terms::{Terms, terms};
use super::grant::AdvisoryGrant;
use super::ledger;
use super::number::number;
use crate::backend::{Context, Key, Ttl};
use crate::backends::{AdvisoryForm, AdvisorySession, Postgres};
use crate::error::Result;
use crate::key::{KeyLookup, encode_key};
use crate::store::Store;

/// The advisory lock of one key, to be acquired: one that PostgreSQL holds for a connection, and no row stands for.
///
/// It excludes everybody who takes the same number in the same database, in whatever program and language, and is gone at once
/// when the connection of its holder is. Each lock has a connection of its own, outside of the pool.
///
/// # Session or transaction
///
/// | | [`AdvisoryForm::Session`] | [`AdvisoryForm::Transaction`] |
/// | --- | --- | --- |
/// | the lock is bound to | a session of the server | a transaction that the guard holds open |
/// | a pooler in between | is refused, whatever its mode | takes part, and lends one of its connections to the server until the release |
/// | while it is held | an idle connection | a connection `idle in transaction`, which some supervisors report; it holds no snapshot, so vacuum is not held up |
///
/// Take the session form where the server is reached directly, the transaction form behind `PgBouncer` and its like.
///
/// # Losing it
///
/// The holder tells the server each third of the time to live that it is there, and the server ends the connection of one who has not
/// for all of it (`idle_session_timeout`, `idle_in_transaction_session_timeout`). So a holder that is paused or cut off loses the
/// lock, and counts as having lost it no later than the server does. A connection that ended is noticed when it is
/// used next: within a third of the time to live. The lock is lost with it, for somebody else may have it already.
///
/// # Numbers and fences
///
/// The server knows locks by numbers of 64 bits. That of a key is the beginning of a SHA-256 of the table's name and the key. An
/// entry beside the state, which never expires, says whose number it is, and counts the grants: the
/// [fence](HeldLock::fence). A key whose number is another's is refused.
///
/// # What it does not promise
///
/// | | |
/// | --- | --- |
/// | failover | the locks of a server die with it and are not replicated. The new primary grants them at once, while a holder at the old one may not have noticed. A standby is refused, and one that became so |
/// | fences after a failover | rise as long as the failover loses no commit: replicate synchronously where they matter |
/// | a paused holder | it may go on until it next looks. What it changes has to compare fences |
/// | servers before version 14 | do not end silent sessions: there a lock of the session form ends with its connection, however long that takes |
/// | other databases | have advisory locks of their own |
///
/// Where what is guarded is in the store, [`Store::lock`] promises more: it outlives connections and failovers, and
/// refuses the writes of who lost it.
#[derive(Debug)]
#[must_use = "a lock is held by nobody until it is acquired"]
pub struct AdvisoryLock {
    store: Store<Postgres>,
    subject: Subject<Numbered>,
    form: AdvisoryForm,
    terms: Terms,
}

/// A key and the number that the server knows its lock by.
#[derive(Debug)]
struct Numbered {
    key: Key,
    number: i64,
}

impl Guards for Numbered {
    fn guarded(&self) -> &Key {
        &self.key
    }
}

impl Store<Postgres> {
    /// The advisory lock of `key`, which need not exist. It knows nothing of [`Store::lock`].
    ///
    /// A store with layers has none; a store on a clone of its backend has.
    pub fn advisory_lock<Q: KeyLookup + ?Sized>(&self, key: &Q) -> AdvisoryLock {
        let table = self.backend().shown_table();
        let numbered = encode_key(key).map(|key| Numbered {
            number: number(&table, key.as_bytes()),
            key,
        });
        AdvisoryLock {
            store: self.clone(),
            subject: Subject::new(numbered, "lock"),
            form: AdvisoryForm::default(),
            terms: Terms::default(),
        }
    }
}

impl AdvisoryLock {
    /// What the lock is bound to. Default: a session.
    pub const fn form(mut self, form: AdvisoryForm) -> Self {
        self.form = form;
        self
    }

    terms! {
        /// After how long of silence the server ends the connection of the holder, and so the lock. Default 10 s.
        ttl;
        /// Whether the holder tells the server by itself, each third of the time to live, that it is there. Default yes.
        renewed;
    }

    /// The number that the server knows the lock by, as `pg_locks` shows it: its upper half under `classid`, its lower under `objid`.
    ///
    /// # Errors
    /// [`TooLarge`](crate::ErrorKind::TooLarge) where the key is.
    pub fn number(&self) -> Result<i64> {
        Ok(self.subject.get()?.number)
    }

    /// With a number of the test's choice.
    #[cfg(feature = "testing")]
    #[doc(hidden)]
    pub fn with_number(mut self, number: i64) -> Self {
        self.subject = self.subject.map(|known| Numbered { number, ..known });
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
        tried.map_err(|error| self.subject.located(error))
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
            let cx = ends_by(self.store.context("lock"), polling.ends);
            let tried = self.attempt(&cx, &mut session).await;
            let after = polling.after(tried, self.store.random()).await;
            if let Some(held) = after.map_err(|error| self.subject.located(error))? {
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
        let Numbered { key, number } = self.subject.get()?;
        let mut session = match last.take() {
            Some(session) => session,
            None => self.open(cx).await?,
        };
        let asked = Instant::now();
        if !session.try_lock(*number, self.terms.ttl, cx).await? {
            *last = Some(session);
            return Ok(None);
        }
        let fence = ledger::count(&self.store, cx, *number, key).await?;
        let granted = Granted {
            grant: AdvisoryGrant::new(*number, session),
            fence,
            ttl: self.terms.ttl,
            renews: self.terms.renews,
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
}
