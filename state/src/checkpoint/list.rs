use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::checkpoints::Checkpoints;
use super::id::CheckpointId;
use super::manifest::Manifest;
use super::target::Target;
use crate::error::{Error, ErrorKind, Result};

/// How many manifests are read at the same time.
const AT_ONCE: usize = 8;

/// A checkpoint that is there.
#[derive(Debug)]
#[non_exhaustive]
pub struct Listed {
    /// What it is called.
    pub id: CheckpointId,
    /// Its manifest, or why it cannot be read. Of its chunks nothing is known before
    /// [`verify`](Checkpoints::verify).
    pub manifest: Result<Manifest>,
}

impl<T: Target> Checkpoints<T> {
    /// The checkpoints that are there, from the newest to the oldest. A damaged one is there, too, with the error.
    ///
    /// Cancellation: nothing is left behind.
    ///
    /// # Errors
    /// Those of the target.
    pub async fn list(&self) -> Result<Vec<Listed>> {
        let ids = self.ids().await?.into_iter().rev();
        let listed = ids.map(|id| async {
            match self.find(&id).await {
                // Deleted meanwhile.
                Ok(None) => Ok(None),
                Ok(Some(manifest)) => Ok(Some(Listed {
                    id,
                    manifest: Ok(manifest),
                })),
                Err(error) if error.kind() == ErrorKind::Corrupt => Ok(Some(Listed {
                    id,
                    manifest: Err(error),
                })),
                Err(error) => Err(error),
            }
        });
        let listed = stream::iter(listed).buffered(AT_ONCE);
        let listed: Result<Vec<_>> = listed.try_collect().await;
        let listed = listed.map_err(|error| error.in_operation("list"))?;
        Ok(listed.into_iter().flatten().collect())
    }

    /// The names of those that are there, from the oldest to the newest.
    pub(super) async fn ids(&self) -> Result<Vec<CheckpointId>> {
        let objects = self.target.list(Manifest::FOLDER).await?;
        let names = objects.iter().filter_map(|object| {
            let (_, name) = object.name.split_once('/')?;
            name.parse().ok()
        });
        let mut ids: Vec<CheckpointId> = names.collect();
        ids.sort_unstable();
        Ok(ids)
    }

    /// The manifest of a checkpoint, if it is there.
    pub(super) async fn find(&self, id: &CheckpointId) -> Result<Option<Manifest>> {
        let bytes = self.target.read(&Manifest::name(id)).await?;
        bytes.map(|bytes| Manifest::decode(id, &bytes)).transpose()
    }

    /// The manifest of a checkpoint that must be there.
    pub(super) async fn manifest(&self, id: &CheckpointId) -> Result<Manifest> {
        let found = self.find(id).await?;
        found.ok_or_else(|| {
            let wrong = format!("there is no checkpoint `{id}`; `list` tells which there are");
            Error::new(ErrorKind::InvalidInput, wrong)
        })
    }
}
