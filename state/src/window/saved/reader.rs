use std::num::NonZeroUsize;

use bytes::Bytes;
use tokio::time::Instant;

use super::Part;
use crate::backend::{Backend, Context, Cursor, Entry, Item, Key, Ttl};
use crate::error::{Error, ErrorKind, Result};
use crate::store::Store;
use crate::window::hold::{Hold, disturbed};
use crate::window::names::Names;
use crate::window::outbox::{decode_acknowledged, encode_acknowledged};
use crate::window::progress::Progress;

/// How many entries are read at once.
const PAGE: NonZeroUsize = NonZeroUsize::MIN.saturating_add(999);
/// How many emissions.
const EMISSIONS: u64 = 1_000;
/// How many bytes of a shard are kept until it is known that it did not change.
const KEPT: usize = 4 << 20;
/// How often a shard that was changed is read again.
const ATTEMPTS: u32 = 20;

/// Reads a shard page by page.
#[derive(Debug)]
pub(crate) struct ShardReader<B> {
    store: Store<B>,
    names: Names,
    /// The moment that times to live are counted from.
    since: Instant,
    stage: Stage<B>,
    attempts: u32,
    /// What is given when it is known to be of one moment, or too much to be kept.
    kept: Vec<Item>,
    /// How many bytes that is.
    size: usize,
    /// Whether it is too much, and is given page by page.
    given: bool,
}

#[derive(Debug)]
enum Stage<B> {
    Begin,
    /// Panes, timers and alarms.
    InOrder {
        hold: Hold<B>,
        next: u64,
        kind: usize,
        cursor: Option<Cursor>,
    },
    /// From the last emission to the first: who acknowledges removes them from the first on, and is not held.
    Outbox {
        hold: Hold<B>,
        acknowledged: u64,
        next: u64,
    },
    End {
        hold: Hold<B>,
    },
    Over,
}

impl<B: Backend> ShardReader<B> {
    /// Of one shard; times to live are told as of `since`.
    pub(super) fn new(store: &Store<B>, names: Names, since: Instant) -> Self {
        Self {
            store: store.clone(),
            names,
            since,
            stage: Stage::Begin,
            attempts: 0,
            kept: Vec::new(),
            size: 0,
            given: false,
        }
    }

    /// What comes next; [`Part::Whole`] at the end.
    ///
    /// Cancellation: the reader is of no use then; the shard is held for some seconds at the most.
    pub(crate) async fn next(&mut self) -> Result<Part> {
        let next = self.gather().await;
        next.map_err(|error| error.in_operation("checkpoint"))
    }

    async fn gather(&mut self) -> Result<Part> {
        if self.given && !self.kept.is_empty() {
            return Ok(Part::Items(std::mem::take(&mut self.kept)));
        }
        loop {
            match self.step().await? {
                Part::Items(items) if self.given => {
                    if !items.is_empty() {
                        return Ok(Part::Items(items));
                    }
                }
                Part::Items(items) => {
                    let size = |item: &Item| item.key.as_bytes().len() + item.entry.value.len();
                    self.size += items.iter().map(size).sum::<usize>();
                    self.kept.extend(items);
                    if self.size > KEPT {
                        self.given = true;
                        return Ok(Part::Large);
                    }
                }
                Part::Again => {
                    self.kept.clear();
                    self.size = 0;
                    self.attempts += 1;
                    if self.attempts == ATTEMPTS {
                        return Err(disturbed().at_key(&self.names.progress()?));
                    }
                    if std::mem::take(&mut self.given) {
                        return Ok(Part::Again);
                    }
                }
                Part::Large => {}
                Part::Whole if self.kept.is_empty() => return Ok(Part::Whole),
                Part::Whole => return Ok(Part::Items(std::mem::take(&mut self.kept))),
            }
        }
    }

    async fn step(&mut self) -> Result<Part> {
        match std::mem::replace(&mut self.stage, Stage::Over) {
            Stage::Begin => self.begin().await,
            Stage::InOrder {
                hold,
                next,
                kind,
                cursor,
            } => self.in_order(hold, next, kind, cursor).await,
            Stage::Outbox {
                hold,
                acknowledged,
                next,
            } => self.outbox(hold, acknowledged, next).await,
            Stage::End { hold } => {
                if hold.end().await? {
                    return Ok(Part::Whole);
                }
                self.stage = Stage::Begin;
                Ok(Part::Again)
            }
            Stage::Over => Ok(Part::Whole),
        }
    }

    async fn begin(&mut self) -> Result<Part> {
        let Some((hold, progress)) = Hold::take(&self.store, &self.names).await? else {
            return Ok(Part::Whole);
        };
        let key = self.names.progress()?;
        let decoded = Progress::decode(&progress).map_err(|error| error.at_key(&key))?;
        self.stage = Stage::InOrder {
            hold,
            next: decoded.next,
            kind: 0,
            cursor: None,
        };
        Ok(Part::Items(vec![self.made(key, progress)]))
    }

    async fn in_order(
        &mut self,
        mut hold: Hold<B>,
        next: u64,
        kind: usize,
        cursor: Option<Cursor>,
    ) -> Result<Part> {
        hold.extend().await?;
        let Some(range) = self.names.in_order(kind, PAGE, cursor) else {
            let acknowledged = self.acknowledged().await?;
            self.stage = Stage::Outbox {
                hold,
                acknowledged: acknowledged.unwrap_or(0),
                next,
            };
            return Ok(Part::Items(Vec::new()));
        };
        let page = self.store.backend().range(&self.context(), range).await?;
        let items = page.items.into_iter().map(|item| self.aged(item));
        let items = items.collect();
        self.stage = Stage::InOrder {
            hold,
            next,
            kind: kind + usize::from(page.next.is_none()),
            cursor: page.next,
        };
        Ok(Part::Items(items))
    }

    async fn outbox(&mut self, mut hold: Hold<B>, acknowledged: u64, next: u64) -> Result<Part> {
        hold.extend().await?;
        let from = next.saturating_sub(EMISSIONS).max(acknowledged);
        if from >= next {
            return self.end(hold, next.min(acknowledged));
        }
        let keys = (from..next).map(|number| self.names.outbox(number));
        let keys: Vec<Key> = keys.collect::<Result<_>>()?;
        let entries = self.store.backend().get(&self.context(), &keys).await?;
        let mut items = Vec::new();
        let found = keys.into_iter().zip(entries).rev();
        for (number, (key, entry)) in (from..next).rev().zip(found) {
            let Some(entry) = entry else {
                return self.cut(hold, number, &key, items).await;
            };
            items.push(self.aged(Item {
                key,
                entry,
                metadata: None,
            }));
        }
        self.stage = Stage::Outbox {
            hold,
            acknowledged,
            next: from,
        };
        Ok(Part::Items(items))
    }

    /// This emission was acknowledged while the outbox was read, and with it those before.
    async fn cut(
        &mut self,
        hold: Hold<B>,
        number: u64,
        key: &Key,
        mut items: Vec<Item>,
    ) -> Result<Part> {
        if self.acknowledged().await?.is_none_or(|next| next <= number) {
            let wrong = "an emission is neither acknowledged nor there";
            return Err(Error::new(ErrorKind::Corrupt, wrong).at_key(key));
        }
        if let Part::Items(last) = self.end(hold, number + 1)? {
            items.extend(last);
        }
        Ok(Part::Items(items))
    }

    /// All that is left to say is up to where emissions are acknowledged.
    fn end(&mut self, hold: Hold<B>, acknowledged: u64) -> Result<Part> {
        self.stage = Stage::End { hold };
        if acknowledged == 0 {
            return Ok(Part::Items(Vec::new()));
        }
        let item = self.made(
            self.names.acknowledged()?,
            encode_acknowledged(acknowledged),
        );
        Ok(Part::Items(vec![item]))
    }

    async fn acknowledged(&self) -> Result<Option<u64>> {
        let key = self.names.acknowledged()?;
        let keys = std::slice::from_ref(&key);
        let entries = self.store.backend().get(&self.context(), keys).await?;
        let entry = entries.into_iter().next().flatten();
        let next = entry.map(|entry| decode_acknowledged(&entry.value));
        next.transpose().map_err(|error| error.at_key(&key))
    }

    /// An entry that never expires. Nobody keeps its revision.
    fn made(&self, key: Key, value: Bytes) -> Item {
        let entry = Entry {
            value,
            revision: self.store.new_revision(),
            ttl: None,
        };
        Item {
            key,
            entry,
            metadata: None,
        }
    }

    /// With what was left when the checkpoint began.
    fn aged(&self, mut item: Item) -> Item {
        let passed = i64::try_from(self.since.elapsed().as_millis()).unwrap_or(i64::MAX);
        let ttl = item.entry.ttl.map(Ttl::as_millis);
        item.entry.ttl = ttl.and_then(|ttl| Ttl::from_millis(ttl.saturating_add(passed)));
        item
    }

    fn context(&self) -> Context {
        self.store.context("checkpoint").with_lifetimes()
    }
}
