use std::future::Future;
use std::num::NonZeroUsize;
use std::sync::Arc;

use bytes::Bytes;

use super::{
    Backend, Context, Cursor, Expiry, Item, JsonObject, Key, Predicate, Projection, Revision,
};
use crate::error::Result;

/// A backend that keeps metadata beside values, and finds entries by it.
///
/// Metadata is a JSON object of one entry, and goes with it: a put without metadata and a delete take it away; a touch and an
/// addition to a counter leave it.
///
/// The rules of [`Backend`] on expiry, deadlines and errors hold here, too.
#[diagnostic::on_unimplemented(
    message = "`{Self}` keeps no metadata beside values",
    label = "entries of this backend are found by their keys alone",
    note = "make what you search for a part of the key and use `Store::range`, or pick a backend of `Metadata` (PostgreSQL)"
)]
pub trait Metadata: Backend {
    /// Writes the entry with its metadata, whatever stood there.
    ///
    /// Cancellation: a dropped future leaves the old entry or the new one, each with its own metadata.
    fn put_with_metadata(
        &self,
        cx: &Context,
        put: MetadataPut,
    ) -> impl Future<Output = Result<()>> + Send;

    /// The metadata of a live entry, as JSON; `None` where there is no entry, or none beside it.
    ///
    /// Cancellation: reads leave nothing behind.
    fn metadata(
        &self,
        cx: &Context,
        key: &Key,
    ) -> impl Future<Output = Result<Option<Bytes>>> + Send;

    /// Reads a page of the entries of a namespace whose metadata is so, in the order of the keys' bytes.
    ///
    /// Pages under concurrent writes never skip a key that matches throughout and never repeat one.
    ///
    /// Cancellation: reads leave nothing behind.
    fn find(&self, cx: &Context, find: Find) -> impl Future<Output = Result<Found>> + Send;
}

/// An unconditional put of one entry with metadata.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetadataPut {
    /// The key.
    pub key: Key,
    /// The value's bytes.
    pub value: Bytes,
    /// What stands beside it.
    pub metadata: JsonObject,
    /// When it expires.
    pub expiry: Expiry,
    /// The revision that it gets.
    pub revision: Revision,
}

/// A page of the entries of a namespace that have such metadata.
#[derive(Debug, Clone)]
pub struct Find {
    /// The namespace.
    pub namespace: String,
    /// What the metadata must be like.
    pub predicate: Arc<Predicate>,
    /// What of each entry; where it is keys alone, their metadata comes back empty.
    pub projection: Projection,
    /// How many items at the most.
    pub limit: NonZeroUsize,
    /// Where the page before ended; `None` for the first.
    pub cursor: Option<Cursor>,
}

/// Some of the entries that were searched for.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// The items; may be empty though there are more.
    pub items: Vec<MetadataItem>,
    /// Where to go on; `None` at the end.
    pub next: Option<Cursor>,
}

/// An entry with what stands beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetadataItem {
    /// Key and entry.
    pub item: Item,
    /// Its metadata, as JSON.
    pub metadata: Bytes,
}

#[deny(clippy::missing_trait_methods)]
impl<B: Metadata> Metadata for Arc<B> {
    async fn put_with_metadata(&self, cx: &Context, put: MetadataPut) -> Result<()> {
        (**self).put_with_metadata(cx, put).await
    }

    async fn metadata(&self, cx: &Context, key: &Key) -> Result<Option<Bytes>> {
        (**self).metadata(cx, key).await
    }

    async fn find(&self, cx: &Context, find: Find) -> Result<Found> {
        (**self).find(cx, find).await
    }
}
