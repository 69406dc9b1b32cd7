//! What stands between a store and its backend: each layer is a [`Backend`](crate::backend::Backend) around a backend.
//!
//! A layer is put on by its options, which are a [`Layer`]: `RetryLayer::new().over(backend)`.

#[cfg(feature = "cache")]
mod cache;

#[cfg(feature = "metrics")]
mod metrics;
mod trace;
mod traffic;

use crate::backend::Backend;

#[cfg(feature = "cache")]
pub use self::cache::{Cache, CacheLayer, CacheStatistics};
#[cfg(feature = "metrics")]
pub use self::metrics::{
    Latency, Metrics, MetricsLayer, OperationStatistics, Statistics, register_observed,
};
pub use self::trace::{Trace, TraceLayer};

/// The options of a layer, which make a backend of a backend.
pub trait Layer<B> {
    /// The backend with the layer around it.
    type Backend: Backend;

    /// Puts the layer around `inner`.
    fn over(self, inner: B) -> Self::Backend;
}
