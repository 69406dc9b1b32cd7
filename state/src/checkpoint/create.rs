use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::pin::pin;
use std::vec;

use futures_util::stream::{self, BoxStream};
use futures_util::{StreamExt as _, TryStreamExt as _};

use super::blocking::blocking;
use super::busy::{Busy, Work};
use super::checkpoints::Checkpoints;
use super::chunk::Row;
use super::chunker::{Chunker, Full};
use super::id::CheckpointId;
use super::left_out::{Part, part_of};
use super::manifest::{ChunkRef, Coverage, Manifest};
use super::marker;
use super::progress::{Listener, Progress, Step};
use super::stored;
use super::tally::Tally;
use super::target::Target;
use crate::backend::{Backend, Consistency, Item, Snapshot};
use crate::error::{Error, ErrorKind, Result};
use crate::store::{Operation, Store};

/// How many entries are asked for at once.
const PAGE: NonZeroUsize = NonZeroUsize::MIN.saturating_add(999);
/// How many chunks are compressed and written while the next is read.
const IN_FLIGHT: usize = 8;

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
        let reading = Reading {
            snapshot,
            page: Vec::new().into_iter(),
            chunker: Some(Chunker::new(self.checkpoints.chunk_size)),
        };
        let (chunks, tally) = self.write_chunks(reading, &known, busy).await?;
        // A snapshot that is of several moments may have passed by the place where the marker now is.
        marker::refuse(self.store).await?;
        busy.still().await?;
        Ok(Manifest {
            id,
            parent,
            taken_at: taken_at.as_millis(),
            backend: self.store.capabilities().backend.to_owned(),
            coverage,
            entries: tally.entries,
            bytes: tally.bytes,
            metadata: tally.metadata,
            namespaces: tally.namespaces,
            chunks,
        })
    }

    async fn write_chunks(
        &self,
        reading: Reading,
        known: &HashMap<String, u64>,
        busy: &mut Busy<'_, T>,
    ) -> Result<(Vec<ChunkRef>, Tally)> {
        let written = reading
            .into_chunks()
            .map_ok(|full| self.keep(full, known))
            .try_buffered(IN_FLIGHT);
        let mut written = pin!(written);
        let mut progress = Progress::new(Step::Create, None);
        let (mut chunks, mut whole) = (Vec::new(), Tally::default());
        while let Some((chunk, tally, reused)) = written.try_next().await? {
            chunks.push(chunk);
            whole.merge(tally);
            progress = Progress {
                entries: whole.entries,
                bytes: whole.bytes,
                chunks: progress.chunks + 1,
                reused: progress.reused + u64::from(reused),
                ..progress
            };
            self.listener.tell(&progress);
            busy.still().await?;
        }
        Ok((chunks, whole))
    }

    /// Compresses a chunk and writes it where it is not there; whether it was.
    async fn keep(
        &self,
        Full { decoded, tally }: Full,
        known: &HashMap<String, u64>,
    ) -> Result<(ChunkRef, Tally, bool)> {
        let (level, target) = (self.checkpoints.level, self.checkpoints.target());
        let entries = tally.entries;
        let sealed = blocking(move || stored::seal(&decoded, entries, level));
        let stored = sealed.await?;
        let name = stored::name(&stored.chunk.hash);
        match known.get(&name) {
            Some(len) if *len == stored.chunk.stored => return Ok((stored.chunk, tally, true)),
            // It is damaged, and all that name it are.
            Some(_) => target.delete(&name).await?,
            None => {}
        }
        let created = target.create(&name, stored.bytes).await?;
        Ok((stored.chunk, tally, !created))
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

/// A snapshot as it becomes chunks.
#[derive(Debug)]
struct Reading {
    snapshot: Snapshot,
    page: vec::IntoIter<Item>,
    /// Until the end of the snapshot.
    chunker: Option<Chunker>,
}

impl Reading {
    /// Boxed, so that the compiler can tell that it may be sent.
    fn into_chunks(self) -> BoxStream<'static, Result<Full>> {
        let chunks = stream::try_unfold(self, |mut reading| async move {
            let full = reading.next().await?;
            Ok(full.map(|full| (full, reading)))
        });
        chunks.boxed()
    }

    async fn next(&mut self) -> Result<Option<Full>> {
        loop {
            let Some(chunker) = &mut self.chunker else {
                return Ok(None);
            };
            for item in self.page.by_ref() {
                match part_of(&item.key) {
                    Part::LeftOut => continue,
                    Part::Marker => return Err(marker::unfinished()),
                    Part::State | Part::Fence => {}
                }
                let taken_at = self.snapshot.taken_at();
                let row = Row {
                    key: item.key,
                    value: item.entry.value,
                    expires: item
                        .entry
                        .ttl
                        .map(|ttl| taken_at.saturating_add(ttl.as_millis())),
                    metadata: item.metadata,
                };
                let full = chunker.add(&row)?;
                if full.is_some() {
                    return Ok(full);
                }
            }
            let page = self.snapshot.next(PAGE).await?;
            if page.is_empty() {
                return Ok(self.chunker.take().and_then(Chunker::finish));
            }
            self.page = page.into_iter();
        }
    }
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
