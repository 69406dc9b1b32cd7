//! What stands between a store and its backend: each layer is a [`Backend`] around a backend.
//!
//! A layer is put on by its options, which are a [`Layer`]: `RetryLayer::new().over(backend)`.
//!
//! Those of resilience belong in this order, the first around all others, so that one deadline covers every attempt, and
//! each attempt asks the circuit:
//!
//! ```
//! use typed_state::Store;
//! use typed_state::backends::Memory;
//! use typed_state::layer::{CircuitBreakerLayer, Layer as _, RetryLayer, TimeoutLayer};
//!
//! let backend = CircuitBreakerLayer::new().over(Memory::new());
//! let backend = RetryLayer::new().over(backend);
//! let store = Store::new(TimeoutLayer::default().over(backend));
//! # let _ = store;
//! ```

mod batch;
mod breaker;
#[cfg(feature = "cache")]
mod cache;
mod fault;
mod forward;
#[cfg(feature = "metrics")]
mod metrics;
mod optional;
mod retry;
mod stack;
mod tier;
mod timeout;
mod trace;
mod traffic;

use crate::backend::Backend;

pub use self::batch::{Batch, BatchLayer};
pub use self::breaker::{CircuitBreaker, CircuitBreakerLayer, CircuitState};
#[cfg(feature = "cache")]
pub use self::cache::{Cache, CacheLayer, CacheStatistics};
pub use self::fault::{Fault, FaultKind, FaultLayer, FaultPoint};
#[cfg(feature = "metrics")]
pub(crate) use self::metrics::Compressed;
#[cfg(all(feature = "metrics", feature = "any"))]
pub(crate) use self::metrics::Record;
#[cfg(feature = "metrics")]
pub(crate) use self::metrics::register_numbers;
#[cfg(feature = "metrics")]
pub use self::metrics::{
    Latency, Metrics, MetricsLayer, OperationStatistics, Statistics, register_observed,
};
pub use self::optional::Optional;
pub use self::retry::{Retries, Retry, RetryLayer};
pub use self::stack::{NoLayer, Stack};
pub use self::tier::{TierLayer, TierStatistics, Tiered};
pub use self::timeout::{Timeout, TimeoutLayer};
pub use self::trace::{Trace, TraceLayer};

/// The options of a layer, which make a backend of a backend.
pub trait Layer<B> {
    /// The backend with the layer around it.
    type Backend: Backend;

    /// Puts the layer around `inner`.
    fn over(self, inner: B) -> Self::Backend;
}
