use std::pin::pin;

use futures_util::{StreamExt as _, TryStreamExt as _};

use super::checkpoints::Checkpoints;
use super::chunk::Row;
use super::how::{How, how};
use super::id::CheckpointId;
use super::lease::Lease;
use super::lifetimes::Lifetimes;
use super::manifest::Manifest;
use super::marker::{self, Marker};
use super::progress::{Listener, Progress, Step};
use super::refill::Refill;
use super::remove;
use super::target::Target;
use super::writes::Writes;
use crate::backend::{Backend, Snapshot};
use crate::error::{Error, ErrorKind, Result};
use crate::store::{Operation, Store};

/// How many chunks of the usual size are in memory, and of the smallest: one is written, the others are read ahead.
const AT_ONCE: usize = 4;
const MOST: usize = 2 * AT_ONCE;

/// A restore that begins when this is awaited; see [`Checkpoints::restore`].
#[derive(Debug)]
#[must_use = "it begins when it is awaited"]
pub struct Restore<'a, T, B> {
    checkpoints: &'a Checkpoints<T>,
    store: &'a Store<B>,
    id: CheckpointId,
    pub(super) how: How,
    listener: Listener<'a>,
}

/// What a restore did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Restored {
    /// How many entries it wrote.
    pub entries: u64,
    /// How many it passed over because they have expired since.
    pub expired: u64,
    /// How many counts of locks' grants it did not write, because those in the store are as large.
    pub kept: u64,
    /// How many entries it removed that the checkpoint has not.
    pub removed: u64,
    /// How many of the entries it wrote without the metadata that stood beside them.
    pub without_metadata: u64,
    /// Whether it went on with a restore that had been interrupted.
    pub resumed: bool,
}

/// A restore that was begun and not finished: the store is neither what it was nor what it shall be.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unfinished {
    /// Of which checkpoint.
    pub id: CheckpointId,
    /// Whether it replaces what was there.
    pub replaces: bool,
}

impl<T: Target> Checkpoints<T> {
    /// Puts a checkpoint into a store that has no entries: every byte is checked first. It begins when it is awaited.
    ///
    /// Nobody may use the store meanwhile, and one restore goes on at a time: another waits some seconds for its end, or for
    /// a sign that its process has died, and is refused. A restore that was interrupted is finished by calling this again
    /// with the same checkpoint; until then [`unfinished`](Self::unfinished) tells of it, and no checkpoint is taken of the store.
    ///
    /// Entries of living processes, such as held locks, are left as they are and are not counted. The numbers of locks' grants
    /// never become smaller.
    ///
    /// Cancellation: as any interruption.
    ///
    /// # Errors
    /// [`Corrupt`](ErrorKind::Corrupt) where something of the checkpoint is damaged or missing, and nothing was changed;
    /// [`InvalidInput`](ErrorKind::InvalidInput) where there is no such checkpoint; [`Conflict`](ErrorKind::Conflict) where the store has
    /// entries, another restore goes on, or one of another checkpoint is not finished, and [`Unsupported`](ErrorKind::Unsupported) where it keeps no metadata; nothing was changed. Others interrupt it.
    pub fn restore<'a, B: Backend>(
        &'a self,
        store: &'a Store<B>,
        id: &CheckpointId,
    ) -> Restore<'a, T, B> {
        Restore {
            checkpoints: self,
            store,
            id: id.clone(),
            how: How::default(),
            listener: Listener::default(),
        }
    }

    /// The restore of a store that was interrupted, if there is one.
    ///
    /// Cancellation: nothing is left behind.
    ///
    /// # Errors
    /// [`Corrupt`](ErrorKind::Corrupt) where what says so cannot be read; a restore with [`replace`](Restore::replace) replaces that, too.
    pub async fn unfinished<B: Backend>(&self, store: &Store<B>) -> Result<Option<Unfinished>> {
        let Some(found) = marker::find(store).await? else {
            return Ok(None);
        };
        let Some(Marker { id, replaces, .. }) = found.marker else {
            return Err(Error::new(
                ErrorKind::Corrupt,
                "a restore of this store is not finished, and of which checkpoint cannot be read; restore one with `replace`",
            ));
        };
        Ok(Some(Unfinished { id, replaces }))
    }
}

impl<'a, T: Target, B: Backend> Restore<'a, T, B> {
    how!();

    /// Tells how far it has come, after each chunk.
    pub fn progress(mut self, told: impl Fn(Progress) + Send + Sync + 'a) -> Self {
        self.listener = Listener::new(told);
        self
    }

    async fn run(self) -> Result<Restored> {
        let manifest = self.checkpoints.verified(&self.id, &self.listener).await?;
        self.check_metadata(&manifest)?;
        let lease = Lease::take(self.store).await?;
        let restored = self.work(&manifest, &lease).await;
        lease.end().await;
        restored
    }

    async fn work(&self, manifest: &Manifest, lease: &Lease<B>) -> Result<Restored> {
        let asked = tokio::time::Instant::now();
        let cx = self.store.context("restore").with_lifetimes();
        let snapshot = self.store.backend().snapshot(&cx, None).await?;
        let lifetimes = if self.how.shifts {
            Lifetimes::shifted(manifest)
        } else {
            Lifetimes::absolute(snapshot.taken_at(), asked)
        };
        let (marker, resumed) = self.begin(snapshot, lease).await?;
        let refill = Refill {
            store: self.store,
            lease,
            lifetimes,
            how: self.how,
            writes: Writes::new(self.store, marker.revision, manifest.in_order),
            restored: Restored {
                resumed,
                ..Restored::default()
            },
        };
        let mut restored = self.write(manifest, refill).await?;
        if marker.replaces {
            restored.removed =
                remove::others(self.store, marker.revision, lease, &self.listener).await?;
        }
        lease.keep().await?;
        marker::remove(self.store).await?;
        Ok(restored)
    }

    fn check_metadata(&self, manifest: &Manifest) -> Result<()> {
        let is_kept = self.how.drops_metadata || self.store.capabilities().metadata;
        if manifest.metadata == 0 || is_kept {
            return Ok(());
        }
        let wrong = format!(
            "{} entries have metadata beside their values, and the store keeps none; nothing was changed: restore with \
             `without_metadata`",
            manifest.metadata
        );
        Err(Error::new(ErrorKind::Unsupported, wrong))
    }

    /// The marker, which stands in the store from now on, and whether it did before.
    async fn begin(&self, mut snapshot: Snapshot, lease: &Lease<B>) -> Result<(Marker, bool)> {
        let found = marker::find(self.store).await?;
        let begun = found.as_ref().map(|found| found.marker.as_ref());
        if let Some(Some(begun)) = begun
            && begun.id == self.id
        {
            let marker = Marker {
                replaces: begun.replaces || self.how.replaces,
                ..begun.clone()
            };
            if marker != *begun {
                lease.keep().await?;
                marker.put(self.store, found.as_ref()).await?;
            }
            return Ok((marker, true));
        }
        if let (Some(begun), false) = (begun, self.how.replaces) {
            let begun = begun.map(|marker| marker.id.as_str());
            let wrong = format!(
                "a restore of the checkpoint `{}` is not finished; finish it, or restore another with `replace`",
                begun.unwrap_or("(of an unknown name)")
            );
            return Err(Error::new(ErrorKind::Conflict, wrong));
        }
        let entry = remove::first_of(&mut snapshot).await?;
        if let (Some(key), false) = (&entry, self.how.replaces) {
            let wrong =
                "the store has entries, and this is the first; clear it, or restore with `replace`";
            return Err(Error::new(ErrorKind::Conflict, wrong).at_key(key));
        }
        let marker = Marker {
            id: self.id.clone(),
            revision: self.store.new_revision(),
            replaces: entry.is_some() || found.is_some(),
        };
        lease.keep().await?;
        marker.put(self.store, found.as_ref()).await?;
        Ok((marker, false))
    }

    /// Writes all that is in the chunks, and waits until it is there.
    async fn write(&self, manifest: &Manifest, mut refill: Refill<'_, B>) -> Result<Restored> {
        let mut progress = Progress::new(Step::Restore, Some(manifest.entries));
        let chunks = self.checkpoints.chunks(manifest, AT_ONCE);
        let chunks = chunks.map(|(chunk, taken)| async move {
            let rows = self.checkpoints.rows(chunk).await?;
            Ok::<_, Error>((rows, taken))
        });
        let mut chunks = pin!(chunks.buffered(MOST));
        // Its room is free once its rows are sent.
        while let Some((rows, _taken)) = refill.writes.meanwhile(chunks.try_next()).await? {
            progress.chunks += 1;
            progress.entries += rows.len() as u64;
            progress.bytes += rows.iter().map(Row::len).sum::<usize>() as u64;
            refill.put(rows).await?;
            if progress.entries == manifest.entries {
                refill.writes.end().await?;
            }
            self.listener.tell(&progress);
        }
        refill.writes.end().await?;
        Ok(refill.restored)
    }
}

impl<'a, T: Target, B: Backend> IntoFuture for Restore<'a, T, B> {
    type Output = Result<Restored>;
    type IntoFuture = Operation<'a, Restored>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let restored = self.run().await;
            restored.map_err(|error| error.in_operation("restore"))
        })
    }
}
