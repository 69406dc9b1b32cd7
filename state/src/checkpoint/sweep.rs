use std::collections::HashSet;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::busy::{Busy, Work};
use super::checkpoints::Checkpoints;
use super::id::CheckpointId;
use super::manifest::Manifest;
use super::stored;
use super::target::Target;
use crate::clock::{Clock as _, Entropy as _, SystemClock, SystemEntropy};
use crate::error::{Error, ErrorKind, Result};

/// How many objects are read or deleted at the same time.
const AT_ONCE: usize = 8;

/// What was deleted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Swept {
    /// The checkpoints, from the oldest to the newest.
    pub checkpoints: Vec<CheckpointId>,
    /// How many chunks that no checkpoint needs any more.
    pub chunks: u64,
    /// How many bytes were stored in them.
    pub bytes: u64,
    /// Whether chunks were left for the next time, because a checkpoint is being taken or another one is damaged.
    pub postponed: bool,
}

impl<T: Target> Checkpoints<T> {
    /// Deletes a checkpoint, and the chunks that no other needs; one that is not there is none.
    ///
    /// A damaged one is deleted, too; where others are damaged as well, its chunks stay, because they may be those of the others.
    ///
    /// Cancellation: any part may be done; chunks that were left go the next time.
    ///
    /// # Errors
    /// [`Corrupt`](ErrorKind::Corrupt) where another checkpoint is damaged, which it names, and nothing was deleted.
    pub async fn delete(&self, id: &CheckpointId) -> Result<Swept> {
        let swept = self.delete_it(id).await;
        swept.map_err(|error| error.in_operation("delete"))
    }

    async fn delete_it(&self, id: &CheckpointId) -> Result<Swept> {
        let is_damaged = match self.find(id).await {
            Err(error) if error.kind() == ErrorKind::Corrupt => true,
            found => {
                found?;
                false
            }
        };
        let others = self.all_but(std::slice::from_ref(id)).await;
        if is_damaged && others.as_ref().is_err_and(is_corrupt) {
            self.target.delete(&Manifest::name(id)).await?;
            return Ok(Swept {
                checkpoints: vec![id.clone()],
                postponed: true,
                ..Swept::default()
            });
        }
        others?;
        self.sweep(vec![id.clone()]).await
    }

    /// Deletes all but the newest `keep` checkpoints, and the chunks that none of those needs.
    ///
    /// Cancellation: any part may be done; what was left goes the next time.
    ///
    /// # Errors
    /// [`Corrupt`](ErrorKind::Corrupt) where a checkpoint is damaged, which it names, and nothing was deleted: which chunks it needs is not known.
    pub async fn retain(&self, keep: usize) -> Result<Swept> {
        let swept = async {
            self.all_but(&[]).await?;
            let mut ids = self.ids().await?;
            ids.truncate(ids.len().saturating_sub(keep));
            self.sweep(ids).await
        };
        swept
            .await
            .map_err(|error: Error| error.in_operation("retain"))
    }

    /// Deletes these, then the chunks that no other needs.
    async fn sweep(&self, ids: Vec<CheckpointId>) -> Result<Swept> {
        for id in &ids {
            self.target.delete(&Manifest::name(id)).await?;
        }
        let own = CheckpointId::new(SystemClock.now(), SystemEntropy.next_u64())?;
        let mut busy = Busy::say(self.target(), Work::Sweep, own).await?;
        let swept = self.sweep_chunks(&mut busy).await;
        let done = busy.done().await;
        let mut swept = swept?;
        done?;
        swept.checkpoints = ids;
        Ok(swept)
    }

    async fn sweep_chunks(&self, busy: &mut Busy<'_, T>) -> Result<Swept> {
        let mut swept = Swept::default();
        if !busy.others(Work::Create).await?.is_empty() {
            swept.postponed = true;
            return Ok(swept);
        }
        // Who begins to create from here on gives way, and what is finished has its manifest.
        let manifests = self.all_but(&[]).await?;
        let needed: HashSet<String> = manifests
            .iter()
            .flat_map(|manifest| &manifest.chunks)
            .map(|chunk| stored::name(&chunk.hash))
            .collect();
        let chunks = self.target.list(stored::FOLDER).await?;
        let surplus = chunks
            .into_iter()
            .filter(|chunk| !needed.contains(&chunk.name));
        let surplus: Vec<_> = surplus.collect();
        for some in surplus.chunks(AT_ONCE) {
            busy.still().await?;
            let names: Vec<_> = some.iter().map(|chunk| chunk.name.clone()).collect();
            stream::iter(names)
                .map(|name| async move { self.target.delete(&name).await })
                .buffer_unordered(AT_ONCE)
                .try_collect::<()>()
                .await?;
            swept.chunks += some.len() as u64;
            swept.bytes += some.iter().map(|chunk| chunk.len).sum::<u64>();
        }
        Ok(swept)
    }

    /// Every manifest but those of `ids`.
    ///
    /// # Errors
    /// [`ErrorKind::Corrupt`] where one is damaged, or has a name that none has: what it needs is not known.
    async fn all_but(&self, ids: &[CheckpointId]) -> Result<Vec<Manifest>> {
        let mut there = Vec::new();
        for object in self.target.list(Manifest::FOLDER).await? {
            let name = object
                .name
                .split_once('/')
                .and_then(|(_, name)| name.parse().ok());
            let id: CheckpointId = name.ok_or_else(|| {
                let wrong = format!(
                    "`{}` is not the name of a manifest, so nothing was deleted; move it elsewhere",
                    object.name
                );
                Error::new(ErrorKind::Corrupt, wrong)
            })?;
            if !ids.contains(&id) {
                there.push(id);
            }
        }
        let manifests = stream::iter(there).map(|id| async move { self.find(&id).await });
        let manifests: Vec<_> = manifests.buffered(AT_ONCE).try_collect().await?;
        // One that is gone was deleted meanwhile.
        Ok(manifests.into_iter().flatten().collect())
    }
}

fn is_corrupt(error: &Error) -> bool {
    error.kind() == ErrorKind::Corrupt
}
