use std::collections::BTreeMap;
use std::vec;

use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream};
use tokio::time::Instant;

use super::ahead::Ahead;
use super::chunk::Row;
use super::chunker::{Chunker, Full};
use super::left_out::{Part, part_of};
use super::marker;
use super::room::{Room, Taken};
use crate::backend::{Backend, Consistency, Item, Key, Snapshot};
use crate::clock::Timestamp;
use crate::error::Result;
use crate::store::Store;
use crate::window::{self, ShardReader, Shards, is_of_shard, shards_of};

/// A store as it becomes chunks: its snapshot, and where that is not of one moment each shard of windows by itself.
#[derive(Debug)]
pub(super) struct Reading<B> {
    store: Store<B>,
    snapshot: Ahead,
    taken_at: Timestamp,
    /// When the snapshot had been taken, by the clock of this machine.
    since: Instant,
    /// Whether shards are read by themselves.
    apart: bool,
    source: Source<B>,
    page: vec::IntoIter<Item>,
    chunker: Chunker,
    /// What comes before anything else.
    due: Option<Made>,
    last: Option<Key>,
    in_order: bool,
}

#[derive(Debug)]
enum Source<B> {
    Snapshot {
        /// The shards of the windows that were seen.
        windows: BTreeMap<Key, Shards<B>>,
    },
    Shards {
        windows: BTreeMap<Key, Shards<B>>,
        shard: Option<Box<ShardReader<B>>>,
    },
    Ended,
}

/// What comes of it.
#[derive(Debug)]
pub(super) enum Made {
    /// A chunk, and whether all rows have come in the order of their keys so far, none twice.
    Chunk(Full, bool),
    /// What comes from here on may have to be forgotten.
    Mark,
    /// What came since the mark is to be forgotten.
    Forget,
}

impl Made {
    /// How many bytes it has.
    pub(super) fn len(&self) -> u64 {
        match self {
            Self::Chunk(full, _) => full.decoded.len() as u64,
            Self::Mark | Self::Forget => 0,
        }
    }
}

impl<B: Backend> Reading<B> {
    pub(super) fn of(store: &Store<B>, snapshot: Snapshot, chunk_size: usize) -> Self {
        let apart = snapshot.consistency() == Consistency::Fuzzy;
        Self {
            store: store.clone(),
            since: Instant::now(),
            apart,
            taken_at: snapshot.taken_at(),
            snapshot: Ahead::of(snapshot),
            source: Source::Snapshot {
                windows: BTreeMap::new(),
            },
            page: Vec::new().into_iter(),
            chunker: Chunker::new(chunk_size),
            due: None,
            last: None,
            // A scan that is not of one moment has none.
            in_order: !apart,
        }
    }

    /// What is made of it, each once there is room for it. Boxed, so that the compiler can tell that it may be sent.
    pub(super) fn into_made(self, room: Room) -> BoxStream<'static, Result<(Made, Taken)>> {
        let made = stream::try_unfold((self, room), |(mut reading, room)| async move {
            let Some(made) = reading.next().await? else {
                return Ok(None);
            };
            let taken = room.take(made.len()).await;
            Ok(Some(((made, taken), (reading, room))))
        });
        made.boxed()
    }

    async fn next(&mut self) -> Result<Option<Made>> {
        if let Some(due) = self.due.take() {
            return Ok(Some(due));
        }
        loop {
            while let Some(item) = self.page.next() {
                if let Some(full) = self.take(item)? {
                    return Ok(Some(Made::Chunk(full, self.in_order)));
                }
            }
            match &mut self.source {
                Source::Snapshot { windows } => {
                    let page = self.snapshot.next().await?;
                    if page.is_empty() {
                        self.source = Source::Shards {
                            windows: std::mem::take(windows),
                            shard: None,
                        };
                        continue;
                    }
                    self.page = page.into_iter();
                }
                Source::Shards { windows, shard } => {
                    if let Some(reader) = shard {
                        match reader.next().await? {
                            window::Part::Items(items) => self.page = items.into_iter(),
                            window::Part::Whole => *shard = None,
                            window::Part::Large => return Ok(Some(self.mark())),
                            window::Part::Again => return Ok(Some(self.forget())),
                        }
                        continue;
                    }
                    let Some(mut first) = windows.first_entry() else {
                        self.source = Source::Ended;
                        let left = self.chunker.take_left();
                        return Ok(left.map(|full| Made::Chunk(full, self.in_order)));
                    };
                    match first.get_mut().next() {
                        Some(reader) => *shard = Some(Box::new(reader)),
                        None => drop(first.remove()),
                    }
                }
                Source::Ended => return Ok(None),
            }
        }
    }
}

impl<B: Backend> Reading<B> {
    /// Adds an entry; the chunk before it, where it ends that.
    fn take(&mut self, item: Item) -> Result<Option<Full>> {
        match part_of(&item.key) {
            Part::LeftOut => return Ok(None),
            Part::Marker => return Err(marker::unfinished()),
            Part::State | Part::Fence => {}
        }
        if self.apart && matches!(self.source, Source::Snapshot { .. }) {
            if is_of_shard(item.key.namespace()) {
                return Ok(None);
            }
            self.note_windows(&item)?;
        }
        let expires = item
            .entry
            .ttl
            .map(|ttl| self.taken_at.saturating_add(ttl.as_millis()));
        let row = Row {
            key: item.key,
            value: item.entry.value,
            expires,
            metadata: item.metadata,
        };
        self.in_order &= self.last.as_ref().is_none_or(|last| *last < row.key);
        let full = self.chunker.add(&row)?;
        self.last = Some(row.key);
        Ok(full)
    }

    fn note_windows(&mut self, item: &Item) -> Result<()> {
        let shards = shards_of(&self.store, item, self.since)?;
        if let (Some(shards), Source::Snapshot { windows }) = (shards, &mut self.source) {
            windows.insert(item.key.clone(), shards);
        }
        Ok(())
    }

    /// Ends the chunk, so that what comes now is in others.
    fn mark(&mut self) -> Made {
        match self.chunker.take_left() {
            Some(full) => {
                self.due = Some(Made::Mark);
                Made::Chunk(full, self.in_order)
            }
            None => Made::Mark,
        }
    }

    fn forget(&mut self) -> Made {
        drop(self.chunker.take_left());
        Made::Forget
    }
}
