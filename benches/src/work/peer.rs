use std::future::Future;

use super::Entries;
use crate::Result;
use crate::data::items::Item;
use crate::data::keys::EventKey;

/// A client; every task has a clone of it.
pub(crate) trait Peer: Clone + Send + Sync + 'static {
    fn get(&mut self, key: &EventKey) -> impl Future<Output = Result<Option<Item>>> + Send;

    fn put(&mut self, key: &EventKey, item: &Item) -> impl Future<Output = Result<()>> + Send;
}

pub(crate) trait GetMany: Peer {
    /// One answer a key, in the keys' order.
    fn get_many(
        &mut self,
        keys: &[&EventKey],
    ) -> impl Future<Output = Result<Vec<Option<Item>>>> + Send;
}

pub(crate) trait PutMany: Peer {
    /// Writes entries, none of which comes twice.
    fn put_many(
        &mut self,
        entries: &[(&EventKey, &Item)],
    ) -> impl Future<Output = Result<()>> + Send;
}

pub(crate) trait Replace: Peer {
    /// The revisions at which the entries stand, in their order, once they do.
    fn revisions(&mut self, entries: &Entries) -> impl Future<Output = Result<Vec<u64>>> + Send;

    /// Writes the entry where a revision stands, and gives the new one.
    fn replace(
        &mut self,
        key: &EventKey,
        revision: u64,
        item: &Item,
    ) -> impl Future<Output = Result<u64>> + Send;
}

/// The value as a person stores it.
pub(crate) fn encode(item: &Item) -> Result<Vec<u8>> {
    Ok(rmp_serde::to_vec_named(item)?)
}

pub(crate) fn decode(bytes: &[u8]) -> Result<Item> {
    Ok(rmp_serde::from_slice(bytes)?)
}

/// What there is of values.
pub(crate) fn decode_all<B: AsRef<[u8]>>(found: &[Option<B>]) -> Result<Vec<Option<Item>>> {
    let decoded = found.iter().map(|bytes| {
        let bytes = bytes.as_ref().map(AsRef::as_ref);
        bytes.map(decode).transpose()
    });
    decoded.collect()
}
