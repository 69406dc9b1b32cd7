use std::pin::pin;

use futures_util::{Stream, StreamExt as _, TryStreamExt as _, stream};

use super::checkpoints::Checkpoints;
use super::chunk::Row;
use super::id::CheckpointId;
use super::manifest::{ChunkRef, Manifest};
use super::opened::{self, Opened};
use super::progress::{Listener, Progress, Step};
use super::room::{Room, Taken};
use super::tally::Tally;
use super::target::Target;
use crate::error::{Error, ErrorKind, Result};

/// What chunks have unless it is said: those that are there may be larger than those that are written now.
const USUAL: usize = 1 << 20;
/// How many chunks of the usual size are read at the same time, and of the smallest.
const AT_ONCE: usize = 4;
const MOST: usize = 2 * AT_ONCE;

impl<T: Target> Checkpoints<T> {
    /// Reads a whole checkpoint and checks every byte of it; nothing is restored.
    ///
    /// Cancellation: nothing is left behind.
    ///
    /// # Errors
    /// [`Corrupt`](ErrorKind::Corrupt) where something is damaged or missing: it names the object;
    /// [`InvalidInput`](ErrorKind::InvalidInput) where there is no such checkpoint.
    pub async fn verify(&self, id: &CheckpointId) -> Result<Manifest> {
        let verified = self.verified(id, &Listener::default()).await;
        verified.map_err(|error| error.in_operation("verify"))
    }

    pub(super) async fn verified(
        &self,
        id: &CheckpointId,
        listener: &Listener<'_>,
    ) -> Result<Manifest> {
        let manifest = self.manifest(id).await?;
        self.check(&manifest, listener).await?;
        Ok(manifest)
    }

    async fn check(&self, manifest: &Manifest, listener: &Listener<'_>) -> Result<()> {
        let mut whole = Tally::default();
        let mut progress = Progress::new(Step::Verify, Some(manifest.entries));
        let tallies = self
            .chunks(manifest, AT_ONCE)
            .map(|(chunk, taken)| async move {
                let tally = opened::read(&*self.target, chunk, tally).await;
                drop(taken);
                tally
            });
        let mut tallies = pin!(tallies.buffered(MOST));
        while let Some(tally) = tallies.try_next().await? {
            whole.merge(tally);
            progress = Progress {
                entries: whole.entries,
                bytes: whole.bytes,
                chunks: progress.chunks + 1,
                ..progress
            };
            listener.tell(&progress);
        }
        if !whole.is_of(manifest) {
            let wrong = format!(
                "the manifest of the checkpoint `{}` does not tell what is in its chunks: {} entries where it says {}",
                manifest.id, whole.entries, manifest.entries
            );
            return Err(Error::new(ErrorKind::Corrupt, wrong));
        }
        Ok(())
    }

    /// The chunks of a checkpoint, each once there is room for it among so many of the usual size.
    pub(super) fn chunks(
        &self,
        manifest: &Manifest,
        at_once: usize,
    ) -> impl Stream<Item = (ChunkRef, Taken)> + use<T> {
        let room = Room::of(at_once, self.chunk_size.max(USUAL));
        stream::iter(manifest.chunks.clone()).then(move |chunk| {
            let room = room.clone();
            async move {
                let taken = room.take(chunk.decoded).await;
                (chunk, taken)
            }
        })
    }

    /// The rows of a chunk, all checked.
    pub(super) async fn rows(&self, chunk: ChunkRef) -> Result<Vec<Row>> {
        opened::read(&*self.target, chunk, Opened::all).await
    }
}

fn tally(mut chunk: Opened) -> Result<Tally> {
    let mut tally = Tally::default();
    while let Some(row) = chunk.next_ref()? {
        tally.add(&row.key, row.value, row.metadata.is_some());
    }
    Ok(tally)
}
