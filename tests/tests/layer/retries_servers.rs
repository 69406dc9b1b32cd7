//! Retries over servers whose connections are cut, stalled and robbed of answers: what is acknowledged is applied once, what is
//! refused never.

use std::sync::Arc;
use std::time::Duration;

use typed_state::backend::Backend;
use typed_state::layer::{Layer as _, RetryLayer, TimeoutLayer};
use typed_state::testing::{Fixture as _, Harness, TestResult};
use typed_state::{Store, layer};
use typed_state_tests::postgres::{FaultyPostgres, FaultyWay};
use typed_state_tests::redis::{FaultyRedis, RedisMode};
use typed_state_tests::{exactly_once, rounds, seed};

/// What was stalled on its way has passed by then.
const STALLED: Duration = Duration::from_millis(500);

fn retried<B: Backend>(inner: B) -> layer::Timeout<layer::Retry<B>> {
    let retries = RetryLayer::new()
        .max_retries(20)
        .initial_delay(Duration::from_millis(2))
        .max_delay(Duration::from_millis(40))
        .attempt_timeout(Duration::from_millis(250));
    TimeoutLayer::new(Duration::from_secs(5)).over(retries.over(inner))
}

async fn races<H: Harness>(harness: H) -> TestResult {
    for seed in 0..rounds(1) {
        let fixture = harness.fresh().await?;
        let store = Store::new(retried(Arc::clone(fixture.backend())));
        let calm = tokio::time::sleep(STALLED);
        let unknown = exactly_once(&store, 10, calm)
            .await
            .map_err(|error| format!("seed {seed}: {error}"))?;
        let retries = store.backend().inner().retries();
        println!("{unknown} outcomes stayed unknown, {retries:?}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_applies_once() -> TestResult {
    races(FaultyRedis::new(RedisMode::Standalone, seed())).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_applies_once() -> TestResult {
    races(FaultyRedis::new(RedisMode::Cluster, seed())).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_applies_once() -> TestResult {
    races(FaultyPostgres::new(FaultyWay::Prepared, seed())).await
}
