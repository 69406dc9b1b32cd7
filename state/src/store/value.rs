use bytes::Bytes;

use super::Store;
use crate::backend::{Backend, Context, Entry, Expiry, Key, Revision, Ttl};
use crate::codec::{self, CodecError};
use crate::error::{Error, ErrorKind, Result};
use crate::key::{KeyLookup, StateKey};
use crate::value::StateValue;

/// The type of the value that a key, or its borrowed twin, looks up.
pub type ValueOf<Q> = <<Q as KeyLookup>::Key as StateKey>::Value;

/// A value with what the store knows of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Versioned<V> {
    /// The value.
    pub value: V,
    /// The revision of the write that made it; [`Store::replace`] takes it.
    pub revision: Revision,
    /// The time left when the store answered; `None` where it never expires.
    pub ttl: Option<Ttl>,
}

impl<B: Backend> Store<B> {
    fn limit<V: StateValue>(&self) -> usize {
        V::MAX_SIZE.unwrap_or(self.settings.max_value_size)
    }

    pub(crate) fn encode<V: StateValue>(&self, value: &V) -> Result<Bytes> {
        let how = V::COMPRESSION.or(self.settings.compression);
        let encoded = codec::encode_value_as(value, self.limit::<V>(), how);
        #[cfg(feature = "metrics")]
        if let Ok(encoded) = &encoded
            && let (Some(raw), Some(counts)) = (encoded.raw, &self.settings.compressed)
        {
            counts.count(raw, encoded.bytes.len());
        }
        encoded.map(|encoded| encoded.bytes).map_err(|error| {
            let kind = match error {
                CodecError::TooLarge { .. } => ErrorKind::TooLarge,
                CodecError::NotCompiledIn(_) => ErrorKind::Unsupported,
                _ => ErrorKind::InvalidInput,
            };
            Error::new(
                kind,
                format!("the value `{}` was not written: {error}", V::NAME),
            )
        })
    }

    pub(crate) fn decode<V: StateValue>(&self, value: &[u8]) -> Result<V> {
        decode_value(value, self.limit::<V>())
    }

    pub(super) fn decode_option<V: StateValue>(&self, entry: Option<&Entry>) -> Result<Option<V>> {
        entry.map(|entry| self.decode(&entry.value)).transpose()
    }

    pub(super) fn decode_entry<V: StateValue>(&self, entry: &Entry) -> Result<Versioned<V>> {
        Ok(Versioned {
            value: self.decode(&entry.value)?,
            revision: entry.revision,
            ttl: entry.ttl,
        })
    }

    /// When a value of type `V` that is written through this view expires: the view's word, else the
    /// type's, else the store's.
    pub(crate) fn expiry_of<V: StateValue>(&self) -> Expiry {
        self.expiry.unwrap_or_else(|| {
            V::TTL
                .or(self.settings.default_ttl)
                .map_or(Expiry::Never, Expiry::After)
        })
    }

    /// Reads and decodes the value under a key that is already encoded, from the primary.
    pub(crate) async fn get_encoded<V: StateValue>(
        &self,
        operation: &'static str,
        key: &Key,
    ) -> Result<Option<V>> {
        let entry = self.read(&self.context(operation), key).await?;
        self.decode_option(entry.as_ref())
            .map_err(super::at(operation, key))
    }

    pub(super) async fn read(&self, cx: &Context, key: &Key) -> Result<Option<Entry>> {
        let entries = self
            .backend
            .get(cx, std::slice::from_ref(key))
            .await
            .map_err(super::at(cx.operation, key))?;
        entries.into_iter().next().ok_or_else(|| {
            super::at(cx.operation, key)(Error::new(
                ErrorKind::Backend,
                "the backend gave no answer",
            ))
        })
    }
}

/// The value in stored bytes, of at most `limit` bytes when it is decompressed.
pub(crate) fn decode_value<V: StateValue>(bytes: &[u8], limit: usize) -> Result<V> {
    codec::decode_value(bytes, limit).map_err(|error| {
        let kind = match error {
            CodecError::Version { .. } => ErrorKind::IncompatibleSchema,
            CodecError::TooLarge { .. } => ErrorKind::TooLarge,
            CodecError::NotCompiledIn(_) => ErrorKind::Unsupported,
            CodecError::Payload(_) => ErrorKind::Corrupt,
        };
        Error::new(
            kind,
            format!("the stored bytes are not a `{}`: {error}", V::NAME),
        )
    })
}
