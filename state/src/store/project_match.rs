use serde::de::DeserializeOwned;

use super::metadata::decode_metadata;
use super::{Entries, Keys, Project, Store};
use crate::backend::{Backend, MetadataItem, Projection};
use crate::error::Result;
use crate::key::StateKey;
use crate::value::StateValue;

/// What a search gives of each entry.
pub trait ProjectMatch<K, M>: Send + Sync + 'static {
    /// What it gives.
    type Item: Send;

    /// What the backend must read for it.
    const PROJECTION: Projection;

    /// Decodes an item that a backend gave.
    ///
    /// # Errors
    /// Where its bytes, or its metadata, are damaged or foreign.
    fn project<B: Backend>(store: &Store<B>, item: &MetadataItem) -> Result<Self::Item>;
}

impl<K, M> ProjectMatch<K, M> for Entries
where
    K: StateKey<Value: StateValue>,
    M: DeserializeOwned + Send,
{
    type Item = (K, K::Value, M);
    const PROJECTION: Projection = Projection::Entries;

    fn project<B: Backend>(store: &Store<B>, item: &MetadataItem) -> Result<Self::Item> {
        let (key, value) = <Self as Project<K>>::project(store, &item.item)?;
        let metadata = decode_metadata(&item.metadata);
        Ok((
            key,
            value,
            metadata.map_err(|error| error.at_key(&item.item.key))?,
        ))
    }
}

impl<K: StateKey, M> ProjectMatch<K, M> for Keys {
    type Item = K;
    const PROJECTION: Projection = Projection::Keys;

    fn project<B: Backend>(store: &Store<B>, item: &MetadataItem) -> Result<Self::Item> {
        <Self as Project<K>>::project(store, &item.item)
    }
}
