//! The store, with the layers that a service wants.

use std::time::Duration;

use anyhow::Result;
use prometheus::Registry;
use typed_state::layer::{
    CircuitBreaker, CircuitBreakerLayer, Metrics, MetricsLayer, Retry, RetryLayer, Timeout, Trace,
    TraceLayer,
};
use typed_state::{AnyBackend, Store};

/// What [`layered`] makes. There is no cache: every request changes its session.
pub(crate) type AppStore = Store<Trace<Metrics<Timeout<Retry<CircuitBreaker<AnyBackend>>>>>>;

/// A request waits so long for the state at the most.
const LIMIT: Duration = Duration::from_secs(2);

pub(crate) fn layered(backend: AnyBackend, registry: &Registry) -> Result<AppStore> {
    let store = Store::builder(backend)
        .trace(TraceLayer::new())
        .metrics(MetricsLayer::new())
        .deadline(LIMIT)
        .retry(RetryLayer::new().attempt_timeout(LIMIT / 4))
        .circuit_breaker(CircuitBreakerLayer::new().open_for(Duration::from_secs(5)))
        .build();
    store.register_metrics(registry, "sessions")?;
    Ok(store)
}
