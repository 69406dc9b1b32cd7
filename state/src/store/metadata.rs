use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Filter, Matches, Operation, Store, ValueOf, at, within};
use crate::backend::{Backend, JsonObject, Key, Metadata, MetadataPut, Revision};
use crate::codec::{Format, decode_serde, encode_serde};
use crate::error::{Error, ErrorKind, Result};
use crate::key::{KeyLookup, StateKey, encode_key};
use crate::value::SingleValue;

/// Metadata beside values, where the backend keeps it.
impl<B: Backend> Store<B> {
    /// Writes the value with metadata beside it, whatever stood there, and gives its new revision.
    ///
    /// Metadata is whatever serde writes as an object in JSON, of at most 64 KiB
    /// ([`MAX_METADATA_LEN`](crate::backend::MAX_METADATA_LEN)) and without the character U+0000. It
    /// belongs to this value: the next put takes it away, unless it brings its own; `touch` and additions to a
    /// counter leave it.
    /// The value expires as it does with [`put`](Self::put).
    ///
    /// Cancellation: a dropped future leaves the old value or the new one, each with its own metadata.
    ///
    /// # Errors
    /// [`TooLarge`](ErrorKind::TooLarge) and [`InvalidInput`](ErrorKind::InvalidInput) where the metadata is not such:
    /// nothing is written.
    pub fn put_with_metadata<Q, M>(
        &self,
        key: &Q,
        value: &ValueOf<Q>,
        metadata: &M,
    ) -> Operation<'_, Revision>
    where
        B: Metadata,
        Q: KeyLookup + ?Sized,
        ValueOf<Q>: SingleValue,
        M: Serialize + ?Sized,
    {
        let put = encode_key(key)
            .map_err(within("put_with_metadata"))
            .and_then(|key| {
                self.metadata_put(key.clone(), value, metadata)
                    .map_err(at("put_with_metadata", &key))
            });
        Box::pin(async move {
            let put = put?;
            let (key, revision) = (put.key.clone(), put.revision);
            let written = self
                .backend
                .put_with_metadata(&self.context("put_with_metadata"), put)
                .await;
            written.map_err(at("put_with_metadata", &key))?;
            Ok(revision)
        })
    }

    /// The metadata of the value under `key`; `None` where there is no value, or none beside it.
    ///
    /// Cancellation: nothing is left behind.
    ///
    /// # Errors
    /// [`Corrupt`](ErrorKind::Corrupt) where what stands there is no `M`.
    pub fn metadata<M>(&self, key: &(impl KeyLookup + ?Sized)) -> Operation<'_, Option<M>>
    where
        B: Metadata,
        M: DeserializeOwned,
    {
        let key = encode_key(key);
        Box::pin(async move {
            let key = key.map_err(within("metadata"))?;
            let metadata = self
                .backend
                .metadata(&self.read_context("metadata"), &key)
                .await;
            let metadata = metadata.map_err(at("metadata", &key))?;
            let metadata = metadata.map(|metadata| decode_metadata(&metadata));
            metadata.transpose().map_err(at("metadata", &key))
        })
    }

    /// The entries of a key type whose metadata matches, each with its metadata as an `M`, in the order of their keys' bytes.
    ///
    /// ```no_run
    /// # use serde::{Deserialize, Serialize};
    /// # use typed_state::{Result, StateKey, Store, backend::Metadata, store::Filter};
    /// #[derive(StateKey, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
    /// #[state(namespace = "photo", value = Vec<u8>)]
    /// struct Photo {
    ///     id: u64,
    /// }
    ///
    /// #[derive(Serialize, Deserialize)]
    /// struct Label {
    ///     place: String,
    ///     stars: u8,
    /// }
    ///
    /// # async fn f<B: Metadata>(store: Store<B>, bytes: Vec<u8>) -> Result<()> {
    /// let label = Label { place: "Rome".into(), stars: 5 };
    /// store.put_with_metadata(&Photo { id: 7 }, &bytes, &label).await?;
    /// let filter = Filter::field("place").is("Rome").and(Filter::field("stars").at_least(4));
    /// for (photo, bytes, label) in store.find::<Photo, Label>(filter).collect().await? {
    ///     println!("{photo}: {} bytes, {} stars", bytes.len(), label.stars);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn find<K: StateKey, M>(&self, filter: Filter) -> Matches<B, K, M>
    where
        B: Metadata,
    {
        Matches::new(self, filter)
    }

    fn metadata_put<V, M>(&self, key: Key, value: &V, metadata: &M) -> Result<MetadataPut>
    where
        V: SingleValue,
        M: Serialize + ?Sized,
    {
        Ok(MetadataPut {
            key,
            value: self.encode(value)?,
            metadata: encode_metadata(metadata)?,
            expiry: self.expiry_of::<V>(),
            revision: self.new_revision(),
        })
    }
}

fn encode_metadata<M: Serialize + ?Sized>(metadata: &M) -> Result<JsonObject> {
    let refused = |kind, why: &str| {
        Error::new(
            kind,
            format!("the metadata was refused, and nothing was written: {why}"),
        )
    };
    let mut json = Vec::new();
    encode_serde(Format::Json, &metadata, &mut json)
        .map_err(|error| refused(ErrorKind::InvalidInput, &error.to_string()))?;
    let json = String::from_utf8(json)
        .map_err(|_| refused(ErrorKind::InvalidInput, "its JSON is not UTF-8"))?;
    JsonObject::new(json).map_err(|error| refused(error.kind(), error.message()))
}

pub(super) fn decode_metadata<M: DeserializeOwned>(json: &[u8]) -> Result<M> {
    decode_serde(Format::Json, json).map_err(|error| {
        let wanted = std::any::type_name::<M>();
        Error::new(
            ErrorKind::Corrupt,
            format!("the metadata is not a `{wanted}`: {error}"),
        )
    })
}
