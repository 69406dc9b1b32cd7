//! What racing clients see through all layers at once has an order that explains it, also while connections fail.

mod once;

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use typed_state::Store;
use typed_state::backend::{Backend, Notify};
use typed_state::layer::{
    Batch, BatchLayer, Cache, CacheLayer, CircuitBreaker, CircuitBreakerLayer, Layer as _, Metrics,
    MetricsLayer, Retry, RetryLayer, Timeout, TimeoutLayer, Trace, TraceLayer,
};
use typed_state::testing::linearizability::linearizability;
use typed_state::testing::{Harness, MemoryHarness};
use typed_state_tests::postgres::{FaultyPostgres, FaultyWay};
use typed_state_tests::redis::{FaultyRedis, RedisMode};
use typed_state_tests::{EmbeddedHarness, Layered, rounds, seed};

use self::once::Once;

type Whole<B> = Trace<Metrics<Timeout<Cache<Batch<Retry<CircuitBreaker<B>>>>>>>;

const LIMIT: Duration = Duration::from_secs(3);

/// Everything that may travel together does, however few the clients are.
fn together() -> BatchLayer {
    BatchLayer::new().direct_below(0)
}

fn retries() -> RetryLayer {
    RetryLayer::new()
        .initial_delay(Duration::from_millis(2))
        .max_delay(Duration::from_millis(40))
        .attempt_timeout(Duration::from_millis(250))
}

/// It opens now and then, and not for long.
fn circuit() -> CircuitBreakerLayer {
    CircuitBreakerLayer::new()
        .threshold(NonZeroU32::MIN.saturating_add(4))
        .open_for(Duration::from_millis(50))
}

fn whole<B: Notify>(backend: B) -> Whole<B> {
    let attempts = retries().over(circuit().over(backend));
    let cached = CacheLayer::new().over(together().over(attempts));
    let limited = TimeoutLayer::new(LIMIT).over(cached);
    TraceLayer::new().over(MetricsLayer::new().over(limited))
}

/// The builder of a store puts the same layers into the same order: the types say so.
#[allow(dead_code, reason = "it need only compile")]
fn as_built<B: Notify>(backend: B) -> Store<Whole<B>> {
    Store::builder(backend)
        .deadline(LIMIT)
        .trace(TraceLayer::new())
        .metrics(MetricsLayer::new())
        .cache(CacheLayer::new())
        .batch_with(together())
        .retry(retries())
        .circuit_breaker(circuit())
        .build()
}

/// Clients of several processes, and then of one, whose operations share calls.
async fn is_linearizable<H, B>(
    harness: impl Fn() -> H,
    layers: fn(Arc<H::Backend>) -> B,
    first: u64,
    seeds: u64,
) where
    H: Harness,
    B: Backend,
{
    let seeds = first..first + seeds;
    linearizability(&Layered::new(harness(), layers), seeds.clone()).await;
    let of_one = Layered::new(harness(), layers).of_one_process();
    linearizability(&of_one, seeds).await;
}

fn once<B: Notify>(backend: B) -> Once<B> {
    Once(whole(backend))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_memory() {
    is_linearizable(|| MemoryHarness, whole, 0, rounds(20)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_embedded() {
    is_linearizable(EmbeddedHarness::default, whole, 0, rounds(10)).await;
}

async fn over_redis(mode: RedisMode) {
    let first = seed();
    is_linearizable(|| FaultyRedis::new(mode, first), once, first, rounds(1)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_redis_while_connections_fail() {
    over_redis(RedisMode::Standalone).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_a_cluster_while_connections_fail() {
    over_redis(RedisMode::Cluster).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_postgres_while_connections_fail() {
    let first = seed();
    let harness = || FaultyPostgres::new(FaultyWay::Prepared, first);
    is_linearizable(harness, once, first, rounds(1)).await;
}
