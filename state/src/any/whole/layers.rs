//! The layers that the options ask for.

use std::num::{NonZeroU32, NonZeroUsize};

use super::options::Options;
use crate::codec::Compression;
#[cfg(feature = "cache")]
use crate::layer::CacheLayer;
use crate::layer::{BatchLayer, CircuitBreakerLayer, RetryLayer, TimeoutLayer, TraceLayer};

impl Options {
    pub(super) fn trace(&self) -> TraceLayer {
        let slow = self.slow_log.then_some(self.slow_log_threshold);
        TraceLayer::new().slow_after(slow)
    }

    pub(super) fn timeout(&self) -> Option<TimeoutLayer> {
        self.deadline.map(TimeoutLayer::new)
    }

    #[cfg(feature = "cache")]
    pub(super) fn cache(&self) -> Option<CacheLayer> {
        let cache = CacheLayer::new()
            .capacity(self.cache_capacity)
            .ttl(self.cache_ttl)
            .negative_ttl(self.cache_negative_ttl);
        let cache = if self.cache_local {
            cache.local()
        } else {
            cache
        };
        self.cache.then_some(cache)
    }

    pub(super) fn batch(&self) -> Option<BatchLayer> {
        let size = |count| NonZeroUsize::new(size(count)).unwrap_or(NonZeroUsize::MIN);
        let batch = BatchLayer::new()
            .max_operations(size(self.batch_max_operations.into()))
            .max_bytes(size(self.batch_max_bytes).get())
            .max_in_flight(size(self.batch_max_in_flight.into()));
        self.batch.then_some(batch)
    }

    pub(super) fn retry(&self) -> Option<RetryLayer> {
        let retry = RetryLayer::new()
            .max_retries(self.max_retries)
            .initial_delay(self.retry_initial_delay)
            .max_delay(self.retry_max_delay)
            .jitter(self.retry_jitter)
            .receipts(self.retry_receipts);
        let retry = match self.retry_attempt_timeout {
            Some(timeout) => retry.attempt_timeout(timeout),
            None => retry,
        };
        (self.max_retries > 0).then_some(retry)
    }

    pub(super) fn circuit(&self) -> Option<CircuitBreakerLayer> {
        let count = |number| NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN);
        let circuit = CircuitBreakerLayer::new()
            .threshold(count(self.circuit_breaker_threshold))
            .failure_rate(self.circuit_breaker_failure_rate)
            .window(count(self.circuit_breaker_window))
            .open_for(self.circuit_breaker_open_for)
            .probes(count(self.circuit_breaker_probes));
        self.circuit_breaker.then_some(circuit)
    }

    pub(super) fn compression(&self) -> Compression {
        self.compression
            .map_or(Compression::None, |compressor| Compression::From {
                compressor,
                threshold: size(self.compression_threshold),
            })
    }

    pub(super) fn max_value_size(&self) -> usize {
        size(self.max_value_size)
    }
}

fn size(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}
