use std::collections::HashMap;
use std::pin::pin;

use futures_util::TryStreamExt as _;

use super::blocking::blocking;
use super::busy::{Busy, Work};
use super::checkpoints::Checkpoints;
use super::chunker::Full;
use super::id::CheckpointId;
use super::manifest::{ChunkRef, Coverage, Manifest};
use super::marker;
use super::progress::{Listener, Progress, Step};
use super::reading::{Made, Reading};
use super::room::{Room, Taken};
use super::stored;
use super::tally::Tally;
use super::target::Target;
use crate::backend::{Backend, Consistency, Snapshot};
use crate::error::{Error, ErrorKind, Result};
use crate::store::{Operation, Store};

/// How many chunks of the usual size are compressed and written while the next is read, and of the smallest.
const IN_FLIGHT: usize = 8;
const MOST: usize = 2 * IN_FLIGHT;

/// A checkpoint that is taken when this is awaited; see [`Checkpoints::create`].
#[derive(Debug)]
#[must_use = "it begins when it is awaited"]
pub struct Create<'a, T, B> {
    checkpoints: &'a Checkpoints<T>,
    store: &'a Store<B>,
    listener: Listener<'a>,
}

impl<'a, T: Target, B: Backend> Create<'a, T, B> {
    pub(super) fn new(checkpoints: &'a Checkpoints<T>, store: &'a Store<B>) -> Self {
        Self {
            checkpoints,
            store,
            listener: Listener::default(),
        }
    }

    /// Tells how far it has come after each chunk.
    pub fn progress(mut self, told: impl Fn(Progress) + Send + Sync + 'a) -> Self {
        self.listener = Listener::new(told);
        self
    }

    async fn run(self) -> Result<Manifest> {
        marker::refuse(self.store).await?;
        let cx = self.store.context("checkpoint").with_lifetimes();
        let snapshot = self.store.backend().snapshot(&cx, None).await?;
        let target = self.checkpoints.target();
        let parent = self.checkpoints.ids().await?.pop();
        let (taken_at, random) = (snapshot.taken_at(), self.store.random());
        let id = CheckpointId::following(parent.as_ref(), taken_at, random)?;
        let mut busy = Busy::say(target, Work::Create, id.clone()).await?;
        let written = self.write(snapshot, id, parent, &mut busy).await;
        let manifest = match written {
            Ok(manifest) => manifest,
            Err(error) => {
                // What is left there is taken for dead in a day.
                let _ = busy.done().await;
                return Err(error);
            }
        };
        // Where this fails it may have been written all the same, or will be: it stays busy.
        publish(target, &manifest).await?;
        let _ = busy.done().await;
        Ok(manifest)
    }

    /// Writes the chunks; the manifest that names them.
    async fn write(
        &self,
        snapshot: Snapshot,
        id: CheckpointId,
        parent: Option<CheckpointId>,
        busy: &mut Busy<'_, T>,
    ) -> Result<Manifest> {
        if let Some(sweep) = busy.others(Work::Sweep).await?.first() {
            let wrong = format!(
                "checkpoints are being deleted now (`{}`), so none can be taken; try again soon",
                sweep.name
            );
            return Err(Error::new(ErrorKind::Unavailable, wrong));
        }
        let known = self.known().await?;
        let taken_at = snapshot.taken_at();
        let coverage = match snapshot.consistency() {
            Consistency::PointInTime => Coverage::PointInTime,
            Consistency::Fuzzy => Coverage::PerShard,
        };
        let reading = Reading::of(self.store, snapshot, self.checkpoints.chunk_size);
        let written = self.write_chunks(reading, &known, busy).await?;
        // A snapshot that is of several moments may have passed by the place where the marker now is.
        marker::refuse(self.store).await?;
        busy.still().await?;
        Ok(Manifest {
            id,
            parent,
            taken_at: taken_at.as_millis(),
            backend: self.store.capabilities().backend.to_owned(),
            coverage,
            in_order: written.in_order,
            entries: written.tally.entries,
            bytes: written.tally.bytes,
            metadata: written.tally.metadata,
            namespaces: written.tally.namespaces,
            chunks: written.chunks,
        })
    }

    async fn write_chunks(
        &self,
        reading: Reading<B>,
        known: &HashMap<String, u64>,
        busy: &mut Busy<'_, T>,
    ) -> Result<Written> {
        let room = Room::of(IN_FLIGHT, self.checkpoints.chunk_size);
        let done = reading
            .into_made(room)
            .map_ok(|(made, taken)| self.done(made, taken, known))
            .try_buffered(MOST);
        let mut done = pin!(done);
        let mut progress = Progress::new(Step::Create, None);
        let mut written = Written {
            in_order: true,
            ..Written::default()
        };
        let mut marked = Written::default();
        while let Some(done) = done.try_next().await? {
            let kept = match done {
                Done::Kept(kept) => kept,
                Done::Mark => {
                    marked = written.clone();
                    continue;
                }
                Done::Forget => {
                    written = marked.clone();
                    continue;
                }
            };
            written.chunks.push(kept.chunk);
            written.tally.merge(kept.tally);
            written.in_order = kept.in_order;
            progress = Progress {
                entries: written.tally.entries,
                bytes: written.tally.bytes,
                chunks: progress.chunks + 1,
                reused: progress.reused + u64::from(kept.reused),
                ..progress
            };
            self.listener.tell(&progress);
            busy.still().await?;
        }
        Ok(written)
    }

    async fn done(&self, made: Made, taken: Taken, known: &HashMap<String, u64>) -> Result<Done> {
        let done = match made {
            Made::Chunk(full, in_order) => Done::Kept(self.keep(full, in_order, known).await?),
            Made::Mark => Done::Mark,
            Made::Forget => Done::Forget,
        };
        // What waits for those before it has no bytes any more.
        drop(taken);
        Ok(done)
    }

    /// Compresses a chunk and writes it where it is not there.
    async fn keep(
        &self,
        Full { decoded, tally }: Full,
        in_order: bool,
        known: &HashMap<String, u64>,
    ) -> Result<Kept> {
        let (level, target) = (self.checkpoints.level, self.checkpoints.target());
        let entries = tally.entries;
        let sealed = blocking(move || stored::seal(&decoded, entries, level));
        let stored = sealed.await?;
        let name = stored::name(&stored.chunk.hash);
        let kept = |reused| Kept {
            chunk: stored.chunk.clone(),
            tally,
            reused,
            in_order,
        };
        match known.get(&name) {
            Some(len) if *len == stored.chunk.stored => return Ok(kept(true)),
            // It is damaged, and all that name it are.
            Some(_) => target.delete(&name).await?,
            None => {}
        }
        let created = target.create(&name, stored.bytes).await?;
        Ok(kept(!created))
    }

    /// The chunks that are there, and their lengths.
    async fn known(&self) -> Result<HashMap<String, u64>> {
        let objects = self.checkpoints.target().list(stored::FOLDER).await?;
        Ok(objects
            .into_iter()
            .map(|object| (object.name, object.len))
            .collect())
    }
}

async fn publish(target: &impl Target, manifest: &Manifest) -> Result<()> {
    let (name, bytes) = (Manifest::name(&manifest.id), manifest.encode()?);
    if target.create(&name, bytes.clone()).await? {
        return Ok(());
    }
    // Ours, where the answer to a first attempt was lost on the way.
    if target.read(&name).await?.as_ref() == Some(&bytes) {
        return Ok(());
    }
    let wrong = format!(
        "there is another checkpoint of the name `{}`; try again",
        manifest.id
    );
    Err(Error::new(ErrorKind::Unavailable, wrong))
}

/// What has been written so far.
#[derive(Clone, Default)]
struct Written {
    chunks: Vec<ChunkRef>,
    tally: Tally,
    in_order: bool,
}

/// What has become of what was [made](Made).
enum Done {
    Kept(Kept),
    Mark,
    Forget,
}

/// A chunk that is there.
struct Kept {
    chunk: ChunkRef,
    tally: Tally,
    /// Whether it was before.
    reused: bool,
    in_order: bool,
}

impl<'a, T: Target, B: Backend> IntoFuture for Create<'a, T, B> {
    type Output = Result<Manifest>;
    type IntoFuture = Operation<'a, Manifest>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let created = self.run().await;
            created.map_err(|error| error.in_operation("checkpoint"))
        })
    }
}
