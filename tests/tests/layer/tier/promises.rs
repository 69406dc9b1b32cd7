//! A store of two tiers promises what the store promises, to each of several processes; so do memory, Redis and PostgreSQL as one.

use std::sync::Arc;

use typed_state::Result;
use typed_state::backend::{
    Backend, Context, Entry, Key, Notify, Reads, TotalOrder, Transactional,
};
use typed_state::layer::{
    Batch, BatchLayer, Cache, CacheLayer, CircuitBreaker, CircuitBreakerLayer, Layer as _, Retry,
    RetryLayer, TierLayer, Tiered,
};
use typed_state::testing::linearizability::linearizability;
use typed_state::testing::{Fixture as _, Harness, MemoryHarness};
use typed_state_tests::postgres::{PostgresHarness, PostgresMode};
use typed_state_tests::redis::{RedisHarness, RedisMode};
use typed_state_tests::{Layered, forward, rounds};

use super::harness::{Running, Tiers};

const REDIS: RedisHarness = RedisHarness(RedisMode::Standalone);
const POSTGRES: PostgresHarness = PostgresHarness(PostgresMode::Direct);

/// Has every read that does not ask for lifetimes answered by a cache.
#[derive(Debug)]
struct Plainly<B>(Arc<B>);

impl<B: Backend> Backend for Plainly<B> {
    async fn get(&self, cx: &Context, keys: &[Key]) -> Result<Vec<Option<Entry>>> {
        let reads = if cx.lifetimes {
            cx.reads
        } else {
            Reads::Cached
        };
        self.0.get(&cx.with_reads(reads), keys).await
    }

    forward!(0: capabilities commit commit_many write range scan snapshot health);
}

impl<B: Transactional> Transactional for Plainly<B> {}
impl<B: TotalOrder> TotalOrder for Plainly<B> {}

fn cached<B: Notify>(backend: Arc<B>) -> Cache<Arc<B>> {
    CacheLayer::new().over(backend)
}

typed_state::conformance_tests!(
    memory_over_memory,
    Layered::new(Tiers(MemoryHarness, MemoryHarness), Plainly),
    transactional,
    total_order
);
typed_state::conformance_tests!(
    cached_memory_over_memory,
    Layered::new(Tiers(Running, Running), cached).of_one_process(),
    transactional,
    total_order,
    notify
);

type Whole<R, P> = Cache<Tiered<CircuitBreaker<Arc<R>>, Batch<Retry<CircuitBreaker<Arc<P>>>>>>;

/// All layers, as the builder of a store puts them on.
fn whole<R: Backend, P: Notify>(redis: &Arc<R>, postgres: &Arc<P>) -> Whole<R, P> {
    let postgres = CircuitBreakerLayer::new().over(Arc::clone(postgres));
    let postgres = BatchLayer::new().over(RetryLayer::new().over(postgres));
    let redis = CircuitBreakerLayer::new().over(Arc::clone(redis));
    CacheLayer::new().over(TierLayer::new(redis).over(postgres))
}

typed_state::conformance_tests!(
    memory_over_redis_over_postgres,
    Layered::new(Tiers(REDIS, POSTGRES), |tiers: Arc<Tiered<_, _>>| {
        whole(tiers.upper(), tiers.inner())
    })
    .of_one_process(),
    transactional,
    total_order,
    notify
);
typed_state::conformance_tests!(
    redis_over_postgres,
    Layered::new(Tiers(REDIS, POSTGRES), Plainly),
    transactional,
    total_order
);

/// Reads are of copies where there are any, and yet of the newest write of any process.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn copies_are_linearizable() {
    let harness = Layered::new(Tiers(MemoryHarness, MemoryHarness), Plainly);
    linearizability(&harness, 0..rounds(200)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn copies_in_redis_are_linearizable() {
    let harness = Layered::new(Tiers(REDIS, POSTGRES), Plainly);
    linearizability(&harness, 0..rounds(10)).await;
}

/// The suites would prove little if they read no copies.
#[tokio::test]
async fn the_suites_read_copies() {
    let fixture = Tiers(MemoryHarness, MemoryHarness).fresh().await.unwrap();
    let plain = Plainly(Arc::clone(fixture.backend()));
    let key = Key::new(&b"seat\x00a"[..], 6).unwrap();
    for _ in 0..2 {
        plain
            .get(&Context::new(), std::slice::from_ref(&key))
            .await
            .unwrap();
    }
    assert_eq!(fixture.backend().statistics().negative_hits, 1);
}
