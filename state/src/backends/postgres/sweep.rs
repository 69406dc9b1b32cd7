use std::sync::Arc;
use std::time::Duration;

use tokio::task::AbortHandle;

use super::bind::{Bind, write};
use super::link::{Effect, Link};
use super::sql::Statements;
use super::{Postgres, commit};
use crate::backend::Context;
use crate::error::Result;

/// What sweeps need.
#[derive(Clone)]
pub(super) struct Sweeps {
    pub(super) link: Arc<Link>,
    pub(super) statements: Arc<Statements>,
    /// How many rows one statement deletes.
    pub(super) batch: u32,
}

/// A task that sweeps now and then. Dropping this ends it.
pub(super) struct Sweeper(AbortHandle);

impl Postgres {
    /// Deletes what has expired, and says how many entries that were.
    ///
    /// They are absent from every read before; this frees their room. It happens by itself every `cleanup_interval`, in one
    /// of the programs that have the store open. Several sweeps at once share the work.
    ///
    /// Cancellation: a dropped future leaves some of it done.
    pub async fn sweep(&self) -> Result<u64> {
        self.sweeps().run().await
    }
}

impl Sweeps {
    async fn run(&self) -> Result<u64> {
        let mut deleted = 0;
        loop {
            let request = write(&self.statements.sweep, |_| {
                Bind::default().with(i64::from(self.batch)).done()
            });
            let rows = self.link.call(&Context::new(), request).await;
            let rows = rows.map_err(|failure| failure.into_error(Effect::Write))?;
            let answer = rows.first().ok_or_else(|| commit::unexpected("a row"))?;
            let some: i64 = super::row::column(answer, "deleted")?;
            deleted += some.unsigned_abs();
            if some < i64::from(self.batch) {
                return Ok(deleted);
            }
        }
    }

    /// Whether it is this program's turn.
    async fn is_elected(&self, every: Duration) -> Result<bool> {
        let request = write(&self.statements.elect, |_| {
            Bind::default().with(every.as_secs_f64()).done()
        });
        let rows = self.link.call(&Context::new(), request).await;
        let rows = rows.map_err(|failure| failure.into_error(Effect::Write))?;
        Ok(!rows.is_empty())
    }

    async fn run_if_elected(&self, every: Duration) -> Result<u64> {
        if self.is_elected(every).await? {
            self.run().await
        } else {
            Ok(0)
        }
    }
}

impl Sweeper {
    /// Of all programs that have the store open, one sweeps in each interval: the first that asks once it is due.
    pub(super) fn start(sweeps: Sweeps, every: Duration) -> Self {
        let task = async move {
            loop {
                tokio::time::sleep(every).await;
                if let Err(error) = sweeps.run_if_elected(every).await {
                    tracing::warn!(%error, "what has expired was not swept");
                }
            }
        };
        Self(tokio::spawn(task).abort_handle())
    }

    pub(super) fn stop(&self) {
        self.0.abort();
    }
}

impl Drop for Sweeper {
    fn drop(&mut self) {
        self.stop();
    }
}
