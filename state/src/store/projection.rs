use super::{Store, Versioned};
use crate::backend::{Backend, Item, Projection};
use crate::error::Result;
use crate::key::{StateKey, decode_key};
use crate::value::StateValue;

/// What a query gives of each entry.
pub trait Project<K>: Send + Sync + 'static {
    /// What it gives.
    type Item: Send;

    /// What the backend must read for it.
    const PROJECTION: Projection;

    /// Whether the backend must tell how long each entry has left.
    const LIFETIMES: bool = false;

    /// Decodes an item that a backend gave.
    ///
    /// # Errors
    /// Where its bytes are damaged or foreign.
    fn project<B: Backend>(store: &Store<B>, item: &Item) -> Result<Self::Item>;
}

/// Keys with their values.
#[derive(Debug, Clone, Copy)]
pub enum Entries {}

/// Keys alone.
#[derive(Debug, Clone, Copy)]
pub enum Keys {}

/// Keys with their values, revisions and times to live.
#[derive(Debug, Clone, Copy)]
pub enum VersionedEntries {}

impl<K: StateKey<Value: StateValue>> Project<K> for Entries {
    type Item = (K, K::Value);
    const PROJECTION: Projection = Projection::Entries;

    fn project<B: Backend>(store: &Store<B>, item: &Item) -> Result<Self::Item> {
        let value = store
            .decode(&item.entry.value)
            .map_err(|error| error.at_key(&item.key))?;
        Ok((decode_key(&item.key)?, value))
    }
}

impl<K: StateKey> Project<K> for Keys {
    type Item = K;
    const PROJECTION: Projection = Projection::Keys;

    fn project<B: Backend>(_: &Store<B>, item: &Item) -> Result<Self::Item> {
        decode_key(&item.key)
    }
}

impl<K: StateKey<Value: StateValue>> Project<K> for VersionedEntries {
    type Item = (K, Versioned<K::Value>);
    const PROJECTION: Projection = Projection::Entries;
    const LIFETIMES: bool = true;

    fn project<B: Backend>(store: &Store<B>, item: &Item) -> Result<Self::Item> {
        let value = store
            .decode_entry(&item.entry)
            .map_err(|error| error.at_key(&item.key))?;
        Ok((decode_key(&item.key)?, value))
    }
}
