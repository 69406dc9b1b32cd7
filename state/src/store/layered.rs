//! The methods of a builder that put layers on, each in its place whatever the order of the calls.

use std::time::Duration;

use super::StoreBuilder;
#[cfg(feature = "cache")]
use crate::layer::CacheLayer;
#[cfg(feature = "metrics")]
use crate::layer::MetricsLayer;
use crate::layer::{
    BatchLayer, CircuitBreakerLayer, RetryLayer, Stack, TierLayer, TimeoutLayer, TraceLayer,
};

/// A method that fills one place of the stack, and keeps what is in the others.
macro_rules! place {
    ($(#[$about:meta])* $method:ident $(<$upper:ident>)? ($place:ident: $layer:ty) -> [$($param:ty),*], $($other:ident)*) => {
        $(#[$about])*
        pub fn $method $(<$upper>)? (self, layer: $layer) -> StoreBuilder<B, Stack<$($param),*>> {
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
    reason = "each method changes one of the eight places"
)]
impl<B, Tr, Me, Ti, Ca, Up, Ba, Re, Ci> StoreBuilder<B, Stack<Tr, Me, Ti, Ca, Up, Ba, Re, Ci>> {
    place! {
        /// Traces every operation, and logs slow ones.
        trace(trace: TraceLayer) -> [TraceLayer, Me, Ti, Ca, Up, Ba, Re, Ci],
        metrics timeout cache tier batch retry circuit
    }

    /// Counts and times every operation; [`Store::register_metrics`](super::Store::register_metrics) shows it.
    #[cfg(feature = "metrics")]
    pub fn metrics(
        self,
        metrics: MetricsLayer,
    ) -> StoreBuilder<B, Stack<Tr, MetricsLayer, Ti, Ca, Up, Ba, Re, Ci>> {
        let counting = self.counting(metrics.compressed());
        StoreBuilder {
            backend: counting.backend,
            settings: counting.settings,
            layers: Stack {
                metrics,
                trace: counting.layers.trace,
                timeout: counting.layers.timeout,
                cache: counting.layers.cache,
                tier: counting.layers.tier,
                batch: counting.layers.batch,
                retry: counting.layers.retry,
                circuit: counting.layers.circuit,
            },
        }
    }

    place! {
        /// Gives every operation a time limit whose caller sets none.
        timeout(timeout: TimeoutLayer) -> [Tr, Me, TimeoutLayer, Ca, Up, Ba, Re, Ci],
        trace metrics cache tier batch retry circuit
    }

    place! {
        /// Answers plain reads from this process's memory.
        #[cfg(feature = "cache")]
        cache(cache: CacheLayer) -> [Tr, Me, Ti, CacheLayer, Up, Ba, Re, Ci],
        trace metrics timeout tier batch retry circuit
    }

    place! {
        /// Answers plain reads from copies in a faster store that processes share, where the cache, if there is one, has none.
        tier<U>(tier: TierLayer<U>) -> [Tr, Me, Ti, Ca, TierLayer<U>, Ba, Re, Ci],
        trace metrics timeout cache batch retry circuit
    }

    place! {
        /// As [`batch`](Self::batch), with options.
        batch_with(batch: BatchLayer) -> [Tr, Me, Ti, Ca, Up, BatchLayer, Re, Ci],
        trace metrics timeout cache tier retry circuit
    }

    place! {
        /// Tries again what was not applied, and settles what may have been.
        retry(retry: RetryLayer) -> [Tr, Me, Ti, Ca, Up, Ba, RetryLayer, Ci],
        trace metrics timeout cache tier batch circuit
    }

    place! {
        /// Leaves the backend alone while it fails.
        circuit_breaker(circuit: CircuitBreakerLayer) -> [Tr, Me, Ti, Ca, Up, Ba, Re, CircuitBreakerLayer],
        trace metrics timeout cache tier batch retry
    }

    /// Gives every operation this time limit whose caller sets none.
    pub fn deadline(
        self,
        timeout: Duration,
    ) -> StoreBuilder<B, Stack<Tr, Me, TimeoutLayer, Ca, Up, Ba, Re, Ci>> {
        self.timeout(TimeoutLayer::new(timeout))
    }

    /// Sends operations together that come together.
    pub fn batch(self) -> StoreBuilder<B, Stack<Tr, Me, Ti, Ca, Up, BatchLayer, Re, Ci>> {
        self.batch_with(BatchLayer::new())
    }
}
