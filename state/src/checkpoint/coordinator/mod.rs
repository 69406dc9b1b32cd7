//! Checkpoints in the background: one process of many takes them, again and again.

mod builder;
mod latest;
mod numbers;
mod task;

use std::fmt;
use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::JoinHandle;

pub use self::builder::CoordinatorBuilder;
pub use self::latest::{LatestRestored, PassedOver, RestoreLatest};
use self::numbers::Numbers;
pub use self::numbers::{CoordinatorStatistics, LastCheckpoint};
use super::manifest::Manifest;
use crate::error::{Error, ErrorKind, Result};
#[cfg(feature = "metrics")]
use crate::layer::register_numbers;

/// Takes checkpoints of a store in the background, until it is [shut down](Self::shutdown) or dropped.
///
/// Of all coordinators of one store that have the same [name](CoordinatorBuilder::name) one takes checkpoints: who holds a lock in the store.
/// The others wait until it is free. One whose lock is lost stops at once, in the middle of a checkpoint too.
///
/// What fails is told by [`statistics`](Self::statistics), metrics and a `tracing` warning, and is tried again an interval later.
///
/// Dropping it stops it, without a last checkpoint; what was begun is given up.
///
/// ```
/// # use std::time::Duration;
/// # use typed_state::{Store, backends::Memory};
/// # use typed_state::checkpoint::{Checkpoints, target::Objects};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> typed_state::Result<()> {
/// let store = Store::new(Memory::new());
/// let checkpoints = Checkpoints::new(Objects::memory());
/// checkpoints.restore_latest(&store).await?;
///
/// let coordinator = checkpoints.coordinate(&store).interval(Duration::from_secs(30)).start()?;
/// // The program works.
/// let last = coordinator.shutdown().await?;
/// # assert!(last.is_some());
/// # Ok(()) }
/// ```
#[must_use = "it stops when it is dropped"]
pub struct Coordinator {
    task: Option<JoinHandle<Result<Option<Manifest>>>>,
    stop: watch::Sender<bool>,
    numbers: Arc<Numbers>,
}

impl Coordinator {
    /// Takes a last checkpoint, where it is the one that takes them, and gives up the lock. One that is under way ends before.
    ///
    /// The manifest of the last checkpoint; `None` where another process takes them.
    ///
    /// Cancellation: it goes on in the background, as long as its runtime lives.
    ///
    /// # Errors
    /// Why the last checkpoint failed. [`Unavailable`](ErrorKind::Unavailable) where the runtime that it was started on
    /// has ended.
    pub async fn shutdown(mut self) -> Result<Option<Manifest>> {
        self.stop.send_replace(true);
        let Some(task) = self.task.take() else {
            return Ok(None);
        };
        task.await.unwrap_or_else(|error| {
            let wrong = "the task that takes checkpoints has ended, so no last one was taken";
            Err(Error::new(ErrorKind::Unavailable, wrong).with_source(error))
        })
    }

    /// What it has done so far.
    pub fn statistics(&self) -> CoordinatorStatistics {
        self.numbers.read()
    }

    /// Has a registry show what it does: `state_checkpoint_total` by result, `state_checkpoint_duration_seconds`, and of
    /// the last one `state_checkpoint_entries`, `state_checkpoint_bytes` and `state_checkpoint_last_success_timestamp_seconds`;
    /// `state_checkpoint_leader` is 1 where it is the one that takes them. `store` is the label of that name.
    ///
    /// # Errors
    /// [`Configuration`](ErrorKind::Configuration) where the registry shows those of a coordinator of a store of this name.
    #[cfg(feature = "metrics")]
    pub fn register_metrics(&self, registry: &prometheus::Registry, store: &str) -> Result<()> {
        let numbers = Arc::clone(&self.numbers);
        let backend = numbers.backend;
        register_numbers(registry, store, backend, move || numbers.observed())
    }
}

impl Drop for Coordinator {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

impl fmt::Debug for Coordinator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Coordinator")
            .field("backend", &self.numbers.backend)
            .field("statistics", &self.statistics())
            .finish_non_exhaustive()
    }
}
