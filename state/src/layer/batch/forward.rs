//! What else the backend beneath can do, unchanged.

use std::fmt;

#[cfg(feature = "json")]
use bytes::Bytes;

use super::Batch;
use crate::backend::Backend;
#[cfg(feature = "json")]
use crate::backend::{Context, Find, Found, Key, Metadata, MetadataPut};
#[cfg(feature = "json")]
use crate::error::Result;
use crate::layer::forward::forward;

#[cfg(feature = "json")]
impl<B: Metadata> Metadata for Batch<B> {
    async fn put_with_metadata(&self, cx: &Context, put: MetadataPut) -> Result<()> {
        self.inner().put_with_metadata(cx, put).await
    }

    async fn metadata(&self, cx: &Context, key: &Key) -> Result<Option<Bytes>> {
        self.inner().metadata(cx, key).await
    }

    async fn find(&self, cx: &Context, find: Find) -> Result<Found> {
        self.inner().find(cx, find).await
    }
}

impl<B: Backend> fmt::Debug for Batch<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batch")
            .field("inner", self.inner())
            .finish_non_exhaustive()
    }
}

forward!(Batch);
