//! Waiting where nothing tells of a release: looking again and again, each at a time of its own.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use crate::backend::{Context, Deadline};
use crate::error::{Error, ErrorKind, Result};
use crate::store::{LockCounts, count};

/// The least milliseconds between two looks, and how many may come to them.
const PAUSE: (u64, u64) = (50, 200);
/// So many failures in a row, and the wait is given up.
const PATIENCE: u32 = 3;

/// How long to wait before the next look, drawn from 64 random bits: those that came at once do not look at once again.
pub(super) const fn pause(random: u64) -> Duration {
    let (least, spread) = PAUSE;
    Duration::from_millis(least + random % spread)
}

/// The same context, whose time ends with a wait.
pub(super) fn ends_by(mut cx: Context, ends: Option<Instant>) -> Context {
    if let Some(ends) = ends {
        let ends = Deadline::at(ends.into_std());
        cx.deadline = Some(cx.deadline.map_or(ends, |deadline| deadline.min(ends)));
    }
    cx
}

/// The wait of one that looks by itself.
#[derive(Debug)]
pub(super) struct Polling<'a> {
    counts: &'a LockCounts,
    pub(super) ends: Option<Instant>,
    begun: bool,
    failures: u32,
}

impl<'a> Polling<'a> {
    pub(super) fn new(counts: &'a LockCounts, limit: Option<Duration>) -> Self {
        Self {
            counts,
            ends: limit.and_then(|limit| Instant::now().checked_add(limit)),
            begun: false,
            failures: 0,
        }
    }

    /// Hears what a try came to, and waits until the next; `Some` where it is the last.
    ///
    /// # Errors
    /// What the try failed with, where another would be of no use; [`Timeout`](ErrorKind::Timeout) at the end of the wait.
    pub(super) async fn after<T>(
        &mut self,
        tried: Result<Option<T>>,
        random: u64,
    ) -> Result<Option<T>> {
        let failed = match tried {
            Ok(Some(granted)) => return Ok(Some(granted)),
            Ok(None) => {
                self.failures = 0;
                None
            }
            Err(error) => {
                self.failures += 1;
                if !error.is_retryable() || self.failures >= PATIENCE {
                    return Err(error);
                }
                Some(error)
            }
        };
        if !self.begun {
            self.begun = true;
            count(&self.counts.waited);
        }
        let next = Instant::now() + pause(random);
        match self.ends {
            Some(ends) if next >= ends => {
                sleep_until(ends).await;
                Err(failed.unwrap_or_else(held_all_the_time))
            }
            _ => {
                sleep_until(next).await;
                Ok(None)
            }
        }
    }
}

fn held_all_the_time() -> Error {
    Error::new(
        ErrorKind::Timeout,
        "the lock was held all the time; nothing was acquired",
    )
}
