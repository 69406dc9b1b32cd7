//! What stands between a store and its backend: each layer is a [`Backend`](crate::backend::Backend) around a backend.
//!
//! A layer is put on by its options, which are a [`Layer`]: `RetryLayer::new().over(backend)`.

mod batch;

use crate::backend::Backend;

pub use self::batch::{Batch, BatchLayer};

/// The options of a layer, which make a backend of a backend.
pub trait Layer<B> {
    /// The backend with the layer around it.
    type Backend: Backend;

    /// Puts the layer around `inner`.
    fn over(self, inner: B) -> Self::Backend;
}
