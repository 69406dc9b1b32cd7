//! We and the others, each as its own documentation advises.

mod fred;
mod multiplexed;
mod ours;
mod pooled;

use std::future::Future;

pub(super) use self::fred::{AGAINST as FRED, Fred};
pub(super) use self::multiplexed::{AGAINST as MULTIPLEXED, Multiplexed};
pub(super) use self::ours::Ours;
pub(super) use self::pooled::{AGAINST as POOLED, Pooled};
use crate::Result;
use crate::data::items::Item;
use crate::data::keys::EventKey;

/// A client; every task has a clone of it.
pub(super) trait Peer: Clone + Send + Sync + 'static {
    fn get(&mut self, key: &EventKey) -> impl Future<Output = Result<Option<Item>>> + Send;

    fn put(&mut self, key: &EventKey, item: &Item) -> impl Future<Output = Result<()>> + Send;
}

pub(super) trait GetMany: Peer {
    fn get_many(
        &mut self,
        keys: &[&EventKey],
    ) -> impl Future<Output = Result<Vec<Option<Item>>>> + Send;
}

pub(super) trait Replace: Peer {
    /// Writes the entry, whatever stands there, and gives its revision.
    fn begin(&mut self, key: &EventKey, item: &Item) -> impl Future<Output = Result<u64>> + Send;

    /// Writes the entry where a revision stands, and gives the new one.
    fn replace(
        &mut self,
        key: &EventKey,
        revision: u64,
        item: &Item,
    ) -> impl Future<Output = Result<u64>> + Send;
}

pub(super) trait ScanAll: Peer {
    fn scan_all(&mut self) -> impl Future<Output = Result<Vec<(EventKey, Item)>>> + Send;
}

/// The value as a person stores it.
fn encode(item: &Item) -> Result<Vec<u8>> {
    Ok(rmp_serde::to_vec_named(item)?)
}

fn decode(bytes: &[u8]) -> Result<Item> {
    Ok(rmp_serde::from_slice(bytes)?)
}

/// What there is of values.
fn decode_all<B: AsRef<[u8]>>(found: &[Option<B>]) -> Result<Vec<Option<Item>>> {
    let decoded = found.iter().map(|bytes| {
        let bytes = bytes.as_ref().map(AsRef::as_ref);
        bytes.map(decode).transpose()
    });
    decoded.collect()
}
