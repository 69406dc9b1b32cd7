use crate::backend::Backend;
use crate::checkpoint::checkpoints::Checkpoints;
use crate::checkpoint::how::{How, how};
use crate::checkpoint::id::CheckpointId;
use crate::checkpoint::restore::Restored;
use crate::checkpoint::target::Target;
use crate::error::{Error, ErrorKind, Result};
use crate::store::{Operation, Store};

/// The restore of the newest checkpoint that is whole, when this is awaited; see [`Checkpoints::restore_latest`].
#[derive(Debug)]
#[must_use = "it begins when it is awaited"]
pub struct RestoreLatest<'a, T, B> {
    checkpoints: &'a Checkpoints<T>,
    store: &'a Store<B>,
    how: How,
}

/// What was restored, and what was not.
#[derive(Debug)]
#[must_use = "newer checkpoints may have been passed over: look at `passed_over`"]
#[non_exhaustive]
pub struct LatestRestored {
    /// The checkpoint, and what its restore did; `None` where there are no checkpoints.
    pub restored: Option<(CheckpointId, Restored)>,
    /// Newer ones that are damaged, from the newest on.
    pub passed_over: Vec<PassedOver>,
}

/// A checkpoint that is damaged and was not restored.
#[derive(Debug)]
#[non_exhaustive]
pub struct PassedOver {
    /// What it is called.
    pub id: CheckpointId,
    /// What is wrong with it.
    pub error: Error,
}

impl<T: Target> Checkpoints<T> {
    /// Restores the newest checkpoint that is whole. One that is damaged is passed over, with a `tracing` warning.
    ///
    /// Where a restore was interrupted, it is that one which is finished.
    ///
    /// Cancellation: as [`restore`](Self::restore).
    ///
    /// # Errors
    /// As [`restore`](Self::restore); [`Corrupt`](ErrorKind::Corrupt) where there are checkpoints and all are damaged: nothing was
    /// changed.
    pub fn restore_latest<'a, B: Backend>(
        &'a self,
        store: &'a Store<B>,
    ) -> RestoreLatest<'a, T, B> {
        RestoreLatest {
            checkpoints: self,
            store,
            how: How::default(),
        }
    }
}

impl<T: Target, B: Backend> RestoreLatest<'_, T, B> {
    how!();

    async fn run(self) -> Result<LatestRestored> {
        let mut passed_over = Vec::new();
        if !self.how.replaces
            && let Some(begun) = self.checkpoints.unfinished(self.store).await?
        {
            let restored = self.restore(&begun.id).await?;
            return Ok(LatestRestored {
                restored: Some((begun.id, restored)),
                passed_over,
            });
        }
        for listed in self.checkpoints.list().await? {
            let restored = match listed.manifest {
                Ok(_) => self.restore(&listed.id).await,
                Err(error) => Err(error),
            };
            let id = listed.id;
            match restored {
                Ok(restored) => {
                    return Ok(LatestRestored {
                        restored: Some((id, restored)),
                        passed_over,
                    });
                }
                Err(error) if error.kind() == ErrorKind::Corrupt => {
                    tracing::warn!(%id, %error, "a damaged checkpoint is passed over");
                    passed_over.push(PassedOver { id, error });
                }
                Err(error) => return Err(error),
            }
        }
        match passed_over.into_iter().next() {
            None => Ok(LatestRestored {
                restored: None,
                passed_over: Vec::new(),
            }),
            Some(PassedOver { id, error }) => {
                let wrong = format!(
                    "all checkpoints are damaged, and nothing was restored; the newest is `{id}`"
                );
                Err(Error::new(ErrorKind::Corrupt, wrong).with_source(error))
            }
        }
    }

    async fn restore(&self, id: &CheckpointId) -> Result<Restored> {
        let mut restore = self.checkpoints.restore(self.store, id);
        restore.how = self.how;
        restore.await
    }
}

impl<'a, T: Target, B: Backend> IntoFuture for RestoreLatest<'a, T, B> {
    type Output = Result<LatestRestored>;
    type IntoFuture = Operation<'a, LatestRestored>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let restored = self.run().await;
            restored.map_err(|error| error.in_operation("restore_latest"))
        })
    }
}
