//! Waiting until a lock is free.

use std::time::Duration;

use tokio::time::Instant;

use super::changes::Changes;
use super::grant::look;
use super::guard::LockGuard;
use super::handle::Lock;
use super::poll::ends_by;
use super::record;
use crate::backend::{Backend, Context, Notify, Ttl};
use crate::error::{Error, ErrorKind, Result};
use crate::store::{Store, count};

pub(super) async fn acquire<B: Notify, K>(
    lock: &Lock<B, K>,
    limit: Option<Duration>,
) -> Result<LockGuard<B, K>> {
    let mut waiting = Waiting::new(&lock.store, limit);
    loop {
        if let Some(guard) = lock
            .attempt(&waiting.context(), Vec::new(), Vec::new())
            .await?
        {
            return Ok(guard);
        }
        waiting.begin().await;
        let names = lock.names()?;
        let cx = waiting.context().with_lifetimes();
        let found = look(&lock.store, names, &cx).await?;
        let Some(entry) = found.record else { continue };
        let holder = record::decode(&entry.value)?;
        waiting
            .until_changed(&[names.record.as_bytes()], entry.ttl, holder)
            .await?;
    }
}

/// The wait of one that wants a lock.
#[derive(Debug)]
pub(super) struct Waiting<'a, B> {
    store: &'a Store<B>,
    ends: Option<Instant>,
    changes: Changes,
    counted: bool,
}

impl<'a, B: Backend> Waiting<'a, B> {
    pub(super) fn new(store: &'a Store<B>, limit: Option<Duration>) -> Self {
        Self {
            store,
            ends: limit.and_then(|limit| Instant::now().checked_add(limit)),
            changes: Changes::default(),
            counted: false,
        }
    }

    /// The context of a request: its time ends with the wait.
    pub(super) fn context(&self) -> Context {
        ends_by(self.store.context("lock"), self.ends)
    }
}

impl<B: Notify> Waiting<'_, B> {
    /// Begins to listen, before the look after which nothing may be missed.
    pub(super) async fn begin(&mut self) {
        let cx = self.context();
        self.changes.begin(self.store, &cx).await;
        if !std::mem::replace(&mut self.counted, true) {
            count(&self.store.lock_counts().waited);
        }
    }

    /// Waits until one of these entries may be another.
    ///
    /// # Errors
    /// [`Timeout`](ErrorKind::Timeout) at the end of the wait.
    pub(super) async fn until_changed(
        &mut self,
        keys: &[&[u8]],
        ttl: Option<Ttl>,
        holder: &str,
    ) -> Result<()> {
        self.changes.next(self.store, keys, ttl, self.ends).await;
        match self.ends {
            Some(ends) if Instant::now() >= ends => Err(held(holder)),
            _ => Ok(()),
        }
    }
}

fn held(holder: &str) -> Error {
    let wrong =
        format!("the lock was held all the time, at last by `{holder}`; nothing was acquired");
    Error::new(ErrorKind::Timeout, wrong)
}
