//! The methods of a builder that put layers on, each in its place whatever the order of the calls.

use std::time::Duration;

use super::StoreBuilder;
#[cfg(feature = "cache")]
use crate::layer::CacheLayer;
#[cfg(feature = "metrics")]
use crate::layer::MetricsLayer;
use crate::layer::{BatchLayer, CircuitBreakerLayer, RetryLayer, Stack, TimeoutLayer, TraceLayer};

/// A method that fills one place of the stack, and keeps what is in the others.
macro_rules! place {
    ($(#[$about:meta])* $method:ident($place:ident: $layer:ty) -> [$($param:ty),*], $($other:ident)*) => {
        $(#[$about])*
        pub fn $method(self, layer: $layer) -> StoreBuilder<B, Stack<$($param),*>> {
            StoreBuilder {
                backend: self.backend,
                settings: self.settings,
                layers: Stack {
                    $place: layer,
                    $($other: self.layers.$other,)*
                },
            }
        }
    };
}

#[allow(
    clippy::type_complexity,
    reason = "each method changes one of the seven places"
)]
impl<B, Tr, Me, Ti, Ca, Ba, Re, Ci> StoreBuilder<B, Stack<Tr, Me, Ti, Ca, Ba, Re, Ci>> {
    place! {
        /// Traces every operation, and logs slow ones.
        trace(trace: TraceLayer) -> [TraceLayer, Me, Ti, Ca, Ba, Re, Ci],
        metrics timeout cache batch retry circuit
    }

    /// Counts and times every operation; [`Store::register_metrics`](super::Store::register_metrics) shows it.
    #[cfg(feature = "metrics")]
    pub fn metrics(
        self,
        metrics: MetricsLayer,
    ) -> StoreBuilder<B, Stack<Tr, MetricsLayer, Ti, Ca, Ba, Re, Ci>> {
        let counting = self.counting(metrics.compressed());
        StoreBuilder {
            backend: counting.backend,
            settings: counting.settings,
            layers: Stack {
                metrics,
                trace: counting.layers.trace,
                timeout: counting.layers.timeout,
                cache: counting.layers.cache,
                batch: counting.layers.batch,
                retry: counting.layers.retry,
                circuit: counting.layers.circuit,
            },
        }
    }

    place! {
        /// Gives every operation a time limit whose caller sets none.
        timeout(timeout: TimeoutLayer) -> [Tr, Me, TimeoutLayer, Ca, Ba, Re, Ci],
        trace metrics cache batch retry circuit
    }

    place! {
        /// Answers plain reads from this process's memory.
        #[cfg(feature = "cache")]
        cache(cache: CacheLayer) -> [Tr, Me, Ti, CacheLayer, Ba, Re, Ci],
        trace metrics timeout batch retry circuit
    }

    place! {
        /// As [`batch`](Self::batch), with options.
        batch_with(batch: BatchLayer) -> [Tr, Me, Ti, Ca, BatchLayer, Re, Ci],
        trace metrics timeout cache retry circuit
    }

    place! {
        /// Tries again what was not applied, and settles what may have been.
        retry(retry: RetryLayer) -> [Tr, Me, Ti, Ca, Ba, RetryLayer, Ci],
        trace metrics timeout cache batch circuit
    }

    place! {
        /// Leaves the backend alone while it fails.
        circuit_breaker(circuit: CircuitBreakerLayer) -> [Tr, Me, Ti, Ca, Ba, Re, CircuitBreakerLayer],
        trace metrics timeout cache batch retry
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
