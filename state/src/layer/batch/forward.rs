//! What else the backend beneath can do, unchanged.

use std::fmt;

use super::Batch;
use crate::backend::Backend;
#[cfg(feature = "json")]
use crate::backend::{Context, Metadata, MetadataPut};
#[cfg(feature = "json")]
use crate::error::Result;
use crate::layer::forward::forward;
#[cfg(feature = "json")]
use crate::layer::forward::forward_metadata;

#[cfg(feature = "json")]
impl<B: Metadata> Metadata for Batch<B> {
    async fn put_with_metadata(&self, cx: &Context, put: MetadataPut) -> Result<()> {
        self.inner().put_with_metadata(cx, put).await
    }

    forward_metadata!();
}

impl<B: Backend> fmt::Debug for Batch<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batch")
            .field("inner", self.inner())
            .finish_non_exhaustive()
    }
}

forward!(Batch);
