//! All layers at once, as the builder of a store puts them on.

use std::time::Duration;

use typed_state::Store;
use typed_state::backend::{Backend, Notify};
use typed_state::backends::Memory;
use typed_state::layer::{
    Batch, BatchLayer, Cache, CacheLayer, CircuitBreaker, CircuitBreakerLayer, Layer as _, Metrics,
    MetricsLayer, Retry, RetryLayer, Timeout, TimeoutLayer, Trace, TraceLayer,
};
use typed_state::testing::MemoryHarness;
use typed_state_tests::postgres::{PostgresHarness, PostgresMode};
use typed_state_tests::redis::{RedisHarness, RedisMode};
use typed_state_tests::{EmbeddedHarness, Layered};

type Whole<B> = Trace<Metrics<Timeout<Cache<Batch<Retry<CircuitBreaker<B>>>>>>>;

const LIMIT: Duration = Duration::from_secs(30);

/// The layers come into one order, whatever that of the calls is: the types say so.
#[tokio::test]
async fn the_order_of_the_calls_is_no_matter() {
    let one: Store<Whole<Memory>> = Store::builder(Memory::new())
        .trace(TraceLayer::new())
        .metrics(MetricsLayer::new())
        .deadline(LIMIT)
        .cache(CacheLayer::new())
        .batch()
        .retry(RetryLayer::new())
        .circuit_breaker(CircuitBreakerLayer::new())
        .build();
    let other: Store<Whole<Memory>> = Store::builder(Memory::new())
        .circuit_breaker(CircuitBreakerLayer::new())
        .batch()
        .trace(TraceLayer::new())
        .retry(RetryLayer::new())
        .cache(CacheLayer::new())
        .metrics(MetricsLayer::new())
        .deadline(LIMIT)
        .build();
    one.health().await.unwrap();
    other.health().await.unwrap();
    let bare: Store<Memory> = Store::builder(Memory::new()).build();
    bare.health().await.unwrap();
}

#[tokio::test]
async fn every_layer_is_on_the_registry() {
    let registry = prometheus::Registry::new();
    let store = Store::builder(Memory::new())
        .metrics(MetricsLayer::new())
        .cache(CacheLayer::new())
        .retry(RetryLayer::new())
        .circuit_breaker(CircuitBreakerLayer::new())
        .build();
    store.register_metrics(&registry, "orders").unwrap();
    store.scan::<Seat>().count().await.unwrap();
    store.get(&Seat { number: 1 }).await.unwrap();
    let text = prometheus::TextEncoder::new()
        .encode_to_string(&registry.gather())
        .unwrap();
    for line in [
        r#"state_operations_total{backend="memory",operation="get",outcome="ok",store="orders"} 1"#,
        r#"state_cache_requests_total{backend="memory",result="miss",store="orders"} 1"#,
        r#"state_retries_total{backend="memory",reason="unavailable",store="orders"} 0"#,
        r#"state_circuit_breaker_state{backend="memory",node="",store="orders"} 0"#,
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
    let error = store.register_metrics(&registry, "orders").unwrap_err();
    assert_eq!(error.kind(), typed_state::ErrorKind::Configuration);
}

#[derive(typed_state::StateKey, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[state(namespace = "seat", value = u64)]
struct Seat {
    number: u64,
}

type Resilient<B> = Trace<Metrics<Timeout<Batch<Retry<CircuitBreaker<B>>>>>>;

/// Without a cache: the clocks of these stores are moved by hand, and a cache counts real time.
fn resilient<B: Backend>(backend: B) -> Resilient<B> {
    let attempts = RetryLayer::new().over(CircuitBreakerLayer::new().over(backend));
    let limited = TimeoutLayer::new(LIMIT).over(BatchLayer::new().over(attempts));
    TraceLayer::new().over(MetricsLayer::new().over(limited))
}

fn whole<B: Notify>(backend: B) -> Whole<B> {
    let attempts = RetryLayer::new().over(CircuitBreakerLayer::new().over(backend));
    let cached = CacheLayer::new().over(BatchLayer::new().over(attempts));
    let limited = TimeoutLayer::new(LIMIT).over(cached);
    TraceLayer::new().over(MetricsLayer::new().over(limited))
}

typed_state::conformance_tests!(
    memory,
    Layered::new(MemoryHarness, resilient),
    transactional,
    total_order,
    notify
);
typed_state::conformance_tests!(
    embedded,
    Layered::new(EmbeddedHarness::default(), resilient),
    transactional,
    total_order,
    notify,
    durable
);
typed_state::conformance_tests!(
    redis,
    Layered::new(RedisHarness(RedisMode::Standalone), whole).of_one_process(),
    notify
);
typed_state::conformance_tests!(
    redis_cluster,
    Layered::new(RedisHarness(RedisMode::Cluster), whole).of_one_process(),
    notify
);
typed_state::conformance_tests!(
    postgres,
    Layered::new(PostgresHarness(PostgresMode::Direct), whole).of_one_process(),
    transactional,
    total_order,
    notify
);
