use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{Either, select};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};

use super::builder::Options;
use super::numbers::Numbers;
use crate::backend::Backend;
use crate::checkpoint::checkpoints::Checkpoints;
use crate::checkpoint::manifest::Manifest;
use crate::checkpoint::target::Target;
use crate::error::Result;
use crate::lock::{Lock, LockGuard};
use crate::store::Store;

/// What a coordinator does.
pub(super) struct Task<T, B> {
    pub(super) checkpoints: Checkpoints<T>,
    pub(super) store: Store<B>,
    pub(super) lock: Lock<B, ()>,
    pub(super) options: Options,
    pub(super) numbers: Arc<Numbers>,
    /// Whether it is to shut down.
    pub(super) stop: watch::Receiver<bool>,
}

/// What ended a wait.
enum Woken {
    Time,
    Stop,
    Lost,
}

impl<T: Target, B: Backend> Task<T, B> {
    /// Until it is shut down; the last checkpoint, if it took one.
    pub(super) async fn run(mut self) -> Result<Option<Manifest>> {
        let ttl = Duration::from_millis(self.options.lock_ttl.as_millis().unsigned_abs());
        let look = self.options.interval.min(ttl);
        loop {
            match self.lock.try_acquire().await {
                Ok(Some(guard)) => {
                    let _leads = self.numbers.lead();
                    if let Some(last) = self.lead(&guard).await {
                        // Where it was lost, another has it.
                        let _ = guard.release().await;
                        return last.map(Some);
                    }
                }
                Ok(None) => {}
                Err(error) => {
                    tracing::warn!(%error, "the lock of those who take checkpoints cannot be asked for");
                    self.numbers.failed(&error);
                }
            }
            if let Woken::Stop = self.wait(sleep(look), std::future::pending()).await {
                return Ok(None);
            }
        }
    }

    /// Takes checkpoints until it is shut down: the last one. `None` where the lock is lost.
    async fn lead(&mut self, guard: &LockGuard<B, ()>) -> Option<Result<Manifest>> {
        let mut next = Instant::now() + self.options.interval;
        loop {
            let lost = async {
                let _ = guard.lost().await;
            };
            match self.wait(sleep_until(next), lost).await {
                Woken::Time => {
                    let began = Instant::now();
                    let taken = self.take(guard).await;
                    if taken.is_err() && !guard.is_held() {
                        return None;
                    }
                    next = (began + self.options.interval).max(Instant::now() + self.options.pause);
                }
                Woken::Stop => return Some(self.take(guard).await),
                Woken::Lost => {
                    tracing::warn!(
                        "the lock of those who take checkpoints is lost; another takes them"
                    );
                    return None;
                }
            }
        }
    }

    async fn take(&self, guard: &LockGuard<B, ()>) -> Result<Manifest> {
        let began = Instant::now();
        let created = self.checkpoints.create(&self.store).into_future();
        let created = guard.while_held(created).await;
        let taken = created.unwrap_or_else(Err);
        match &taken {
            Ok(manifest) => {
                tracing::debug!(id = %manifest.id, entries = manifest.entries, "a checkpoint was taken");
                self.numbers.taken(manifest, began.elapsed());
                self.tidy(guard).await;
            }
            Err(error) => {
                tracing::warn!(%error, "no checkpoint was taken");
                self.numbers.failed(error);
            }
        }
        taken
    }

    /// Deletes what is older than those that are kept.
    async fn tidy(&self, guard: &LockGuard<B, ()>) {
        let kept = self.checkpoints.retain(self.options.retention.get());
        let kept = guard.while_held(kept).await;
        if let Err(error) = kept.unwrap_or_else(Err) {
            tracing::warn!(%error, "older checkpoints were not deleted");
            self.numbers.untidy(&error);
        }
    }

    async fn wait(
        &mut self,
        time: impl Future<Output = ()>,
        lost: impl Future<Output = ()>,
    ) -> Woken {
        let stop = pin!(async {
            // Where the handle is gone, so is this task in a moment.
            drop(self.stop.wait_for(|stop| *stop).await);
        });
        let (time, lost) = (pin!(time), pin!(lost));
        match select(lost, select(stop, time)).await {
            Either::Left(_) => Woken::Lost,
            Either::Right((Either::Left(_), _)) => Woken::Stop,
            Either::Right((Either::Right(_), _)) => Woken::Time,
        }
    }
}
