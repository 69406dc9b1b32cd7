//! Waiting until a lock is free.

use std::time::Duration;

use tokio::time::{Instant, sleep_until, timeout_at};

use super::grant::look;
use super::guard::LockGuard;
use super::handle::Lock;
use super::poll::{ends_by, pause};
use super::record;
use crate::backend::{Context, Notice, Notify, Ttl, Watch};
use crate::error::{Error, ErrorKind, Result};
use crate::store::count;

/// How long a waiter trusts that a release is told of.
const HEARING: Duration = Duration::from_secs(1);

pub(super) async fn acquire<B: Notify, K>(
    lock: &Lock<B, K>,
    limit: Option<Duration>,
) -> Result<LockGuard<B, K>> {
    let mut waiting = Waiting::new(lock, limit);
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
pub(super) struct Waiting<'a, B, K> {
    lock: &'a Lock<B, K>,
    ends: Option<Instant>,
    begun: bool,
    watch: Option<Watch>,
}

impl<'a, B: Notify, K> Waiting<'a, B, K> {
    pub(super) fn new(lock: &'a Lock<B, K>, limit: Option<Duration>) -> Self {
        Self {
            lock,
            ends: limit.and_then(|limit| Instant::now().checked_add(limit)),
            begun: false,
            watch: None,
        }
    }

    /// The context of a request: its time ends with the wait.
    pub(super) fn context(&self) -> Context {
        ends_by(self.lock.store.context("lock"), self.ends)
    }

    /// Begins to listen, before the look after which nothing may be missed.
    pub(super) async fn begin(&mut self) {
        if !self.begun {
            self.begun = true;
            count(&self.lock.store.lock_counts().waited);
            // Where nothing is heard, or nobody can be asked now, the waiter looks by itself.
            self.watch = self.lock.store.backend().watch(&self.context()).await.ok();
        }
    }

    /// Waits until the entry under these bytes may be another.
    ///
    /// # Errors
    /// [`Timeout`](ErrorKind::Timeout) at the end of the wait.
    pub(super) async fn until_changed(
        &mut self,
        keys: &[&[u8]],
        ttl: Option<Ttl>,
        holder: &str,
    ) -> Result<()> {
        let now = Instant::now();
        let pause = if self.watch.is_some() {
            HEARING
        } else {
            pause(self.lock.store.random())
        };
        // A millisecond more, since what is left was rounded down.
        let left = ttl.map_or(pause, |ttl| ttl.as_duration() + Duration::from_millis(1));
        let mut wake = now + pause.min(left);
        if let Some(ends) = self.ends {
            wake = wake.min(ends);
        }
        match &mut self.watch {
            None => sleep_until(wake).await,
            Some(watch) => {
                let heard = timeout_at(wake, heard(watch, keys)).await;
                if heard == Ok(false) {
                    self.watch = None;
                }
            }
        }
        match self.ends {
            Some(ends) if Instant::now() >= ends => Err(held(holder)),
            _ => Ok(()),
        }
    }
}

/// Waits for a notice of the key; `false` where nothing will be heard any more.
async fn heard(watch: &mut Watch, keys: &[&[u8]]) -> bool {
    loop {
        match watch.next().await {
            Some(Notice::Changed(changed)) if keys.contains(&changed.as_slice()) => return true,
            Some(Notice::Changed(_)) => {}
            Some(Notice::Missed) => return true,
            Some(Notice::Silent) | None => return false,
        }
    }
}

fn held(holder: &str) -> Error {
    let wrong =
        format!("the lock was held all the time, at last by `{holder}`; nothing was acquired");
    Error::new(ErrorKind::Timeout, wrong)
}
