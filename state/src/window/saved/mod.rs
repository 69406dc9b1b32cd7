//! The entries of a shard as they stood at one moment, where a snapshot of the store is not of one moment.

mod reader;

use std::ops::Range;

use tokio::time::Instant;

pub(crate) use self::reader::ShardReader;
use super::definition::Stored;
use super::names::{self, Names};
use crate::backend::{Backend, Item, Key};
use crate::error::Result;
use crate::store::Store;

/// Whether a namespace is of the entries that [`ShardReader`] reads.
pub(crate) fn is_of_shard(namespace: &[u8]) -> bool {
    names::is_of_shard(namespace)
}

/// The readers of all shards of the windows that are defined by this item, if it is a definition. Times to live are told as of `since`.
pub(crate) fn shards_of<B: Backend>(
    store: &Store<B>,
    item: &Item,
    since: Instant,
) -> Result<Option<Shards<B>>> {
    if !names::is_definition(&item.key) {
        return Ok(None);
    }
    let stored = Stored::decode(&item.entry.value).map_err(|error| error.at_key(&item.key))?;
    Ok(Some(Shards {
        store: store.clone(),
        definition: item.key.clone(),
        numbers: 0..stored.shards.get(),
        since,
    }))
}

/// Readers of shards, one after the other.
#[derive(Debug)]
pub(crate) struct Shards<B> {
    store: Store<B>,
    definition: Key,
    numbers: Range<u32>,
    since: Instant,
}

impl<B: Backend> Iterator for Shards<B> {
    type Item = ShardReader<B>;

    fn next(&mut self) -> Option<ShardReader<B>> {
        let shard = self.numbers.next()?;
        let names = Names::of_definition(&self.definition, shard);
        Some(ShardReader::new(&self.store, names, self.since))
    }
}

/// What comes next of a shard.
#[derive(Debug)]
pub(crate) enum Part {
    /// It is large: what comes of it now may have to be forgotten.
    Large,
    /// Some entries; where it is not large, all of them.
    Items(Vec<Item>),
    /// All that came since [`Part::Large`] is to be forgotten: it was changed meanwhile, and is read again.
    Again,
    /// It was read, and did not change meanwhile.
    Whole,
}
