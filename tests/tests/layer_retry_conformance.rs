//! What every backend must show, shown through the layers of resilience.
//!
//! The retries carry receipts, so these cases show that nobody sees them.

use std::sync::Arc;

use typed_state::backend::Backend;
use typed_state::layer::{
    CircuitBreaker, CircuitBreakerLayer, Layer as _, Retry, RetryLayer, Timeout, TimeoutLayer,
};
use typed_state::testing::{Harness, MemoryHarness};
use typed_state_tests::{EmbeddedHarness, Layered};

type Resilient<B> = Timeout<Retry<CircuitBreaker<B>>>;

fn resilient<B: Backend>(backend: Arc<B>) -> Resilient<Arc<B>> {
    let backend = CircuitBreakerLayer::new().over(backend);
    TimeoutLayer::default().over(RetryLayer::new().over(backend))
}

type Layers<B> = fn(Arc<B>) -> Resilient<Arc<B>>;

const fn through<H: Harness>(harness: H) -> Layered<H, Layers<H::Backend>> {
    Layered::new(harness, resilient::<H::Backend> as fn(_) -> _)
}

typed_state::conformance_tests!(memory, through(MemoryHarness), transactional, total_order);
typed_state::conformance_tests!(
    embedded,
    through(EmbeddedHarness::default()),
    transactional,
    total_order,
    durable
);
