//! The methods of a builder that put layers on, each in its place whatever the order of the calls.

use std::time::Duration;

use super::StoreBuilder;
#[cfg(feature = "cache")]
use crate::layer::CacheLayer;
#[cfg(feature = "metrics")]
use crate::layer::MetricsLayer;
use crate::layer::{BatchLayer, CircuitBreakerLayer, RetryLayer, Stack, TimeoutLayer, TraceLayer};

#[allow(
    clippy::type_complexity,
    reason = "each method changes one of the seven places"
)]
impl<B, Tr, Me, Ti, Ca, Ba, Re, Ci> StoreBuilder<B, Stack<Tr, Me, Ti, Ca, Ba, Re, Ci>> {
    /// Traces every operation, and logs slow ones.
    pub fn trace(
        self,
        layer: TraceLayer,
    ) -> StoreBuilder<B, Stack<TraceLayer, Me, Ti, Ca, Ba, Re, Ci>> {
        let layers = self.layers;
        StoreBuilder {
            backend: self.backend,
            settings: self.settings,
            layers: Stack {
                trace: layer,
                metrics: layers.metrics,
                timeout: layers.timeout,
                cache: layers.cache,
                batch: layers.batch,
                retry: layers.retry,
                circuit: layers.circuit,
            },
        }
    }

    /// Counts and times every operation; register it with [`Metrics::register`](crate::layer::Metrics::register).
    #[cfg(feature = "metrics")]
    pub fn metrics(
        self,
        layer: MetricsLayer,
    ) -> StoreBuilder<B, Stack<Tr, MetricsLayer, Ti, Ca, Ba, Re, Ci>> {
        let layers = self.layers;
        StoreBuilder {
            backend: self.backend,
            settings: self.settings,
            layers: Stack {
                trace: layers.trace,
                metrics: layer,
                timeout: layers.timeout,
                cache: layers.cache,
                batch: layers.batch,
                retry: layers.retry,
                circuit: layers.circuit,
            },
        }
    }

    /// Gives every operation a time limit whose caller sets none.
    pub fn timeout(
        self,
        layer: TimeoutLayer,
    ) -> StoreBuilder<B, Stack<Tr, Me, TimeoutLayer, Ca, Ba, Re, Ci>> {
        let layers = self.layers;
        StoreBuilder {
            backend: self.backend,
            settings: self.settings,
            layers: Stack {
                trace: layers.trace,
                metrics: layers.metrics,
                timeout: layer,
                cache: layers.cache,
                batch: layers.batch,
                retry: layers.retry,
                circuit: layers.circuit,
            },
        }
    }

    /// Answers plain reads from this process's memory.
    #[cfg(feature = "cache")]
    pub fn cache(
        self,
        layer: CacheLayer,
    ) -> StoreBuilder<B, Stack<Tr, Me, Ti, CacheLayer, Ba, Re, Ci>> {
        let layers = self.layers;
        StoreBuilder {
            backend: self.backend,
            settings: self.settings,
            layers: Stack {
                trace: layers.trace,
                metrics: layers.metrics,
                timeout: layers.timeout,
                cache: layer,
                batch: layers.batch,
                retry: layers.retry,
                circuit: layers.circuit,
            },
        }
    }

    /// As [`batch`](Self::batch), with options.
    pub fn batch_with(
        self,
        layer: BatchLayer,
    ) -> StoreBuilder<B, Stack<Tr, Me, Ti, Ca, BatchLayer, Re, Ci>> {
        let layers = self.layers;
        StoreBuilder {
            backend: self.backend,
            settings: self.settings,
            layers: Stack {
                trace: layers.trace,
                metrics: layers.metrics,
                timeout: layers.timeout,
                cache: layers.cache,
                batch: layer,
                retry: layers.retry,
                circuit: layers.circuit,
            },
        }
    }

    /// Tries again what was not applied, and settles what may have been.
    pub fn retry(
        self,
        layer: RetryLayer,
    ) -> StoreBuilder<B, Stack<Tr, Me, Ti, Ca, Ba, RetryLayer, Ci>> {
        let layers = self.layers;
        StoreBuilder {
            backend: self.backend,
            settings: self.settings,
            layers: Stack {
                trace: layers.trace,
                metrics: layers.metrics,
                timeout: layers.timeout,
                cache: layers.cache,
                batch: layers.batch,
                retry: layer,
                circuit: layers.circuit,
            },
        }
    }

    /// Leaves the backend alone while it fails.
    pub fn circuit_breaker(
        self,
        layer: CircuitBreakerLayer,
    ) -> StoreBuilder<B, Stack<Tr, Me, Ti, Ca, Ba, Re, CircuitBreakerLayer>> {
        let layers = self.layers;
        StoreBuilder {
            backend: self.backend,
            settings: self.settings,
            layers: Stack {
                trace: layers.trace,
                metrics: layers.metrics,
                timeout: layers.timeout,
                cache: layers.cache,
                batch: layers.batch,
                retry: layers.retry,
                circuit: layer,
            },
        }
    }

    /// Gives every operation this time limit whose caller sets none.
    pub fn deadline(
        self,
        timeout: Duration,
    ) -> StoreBuilder<B, Stack<Tr, Me, TimeoutLayer, Ca, Ba, Re, Ci>> {
        self.timeout(TimeoutLayer::new(timeout))
    }

    /// Sends operations together that come together.
    pub fn batch(self) -> StoreBuilder<B, Stack<Tr, Me, Ti, Ca, BatchLayer, Re, Ci>> {
        self.batch_with(BatchLayer::new())
    }
}
