//! The layer that sends operations together: to its callers it is the backend beneath.
#![allow(clippy::future_not_send, reason = "they are awaited where they stand")]

mod groups;
mod ours;
mod storms;
mod watched;

use std::sync::Arc;

use typed_state::backend::Backend;
use typed_state::layer::{Batch, BatchLayer, Layer as _};
use typed_state::testing::MemoryHarness;
use typed_state::testing::linearizability::linearizability;
use typed_state_tests::postgres::{PostgresHarness, PostgresMode};
use typed_state_tests::redis::{RedisHarness, RedisMode};
use typed_state_tests::{Layered, rounds};

const REDIS: RedisHarness = RedisHarness(RedisMode::Standalone);
const POSTGRES: PostgresHarness = PostgresHarness(PostgresMode::Direct);

/// Under a layer that sends nothing by itself.
fn batched<B: Backend>(backend: Arc<B>) -> Batch<Arc<B>> {
    BatchLayer::new().direct_below(0).over(backend)
}

typed_state::conformance_tests!(
    memory,
    Layered::new(MemoryHarness, batched),
    transactional,
    total_order
);
typed_state::conformance_tests!(redis, Layered::new(REDIS, batched), durable);
typed_state::conformance_tests!(
    postgres,
    Layered::new(POSTGRES, batched),
    transactional,
    total_order,
    durable
);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memory_is_linearizable() {
    linearizability(&Layered::new(MemoryHarness, batched), 0..rounds(100)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_is_linearizable() {
    linearizability(&Layered::new(REDIS, batched), 0..rounds(20)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_is_linearizable() {
    linearizability(&Layered::new(POSTGRES, batched), 0..rounds(20)).await;
}
