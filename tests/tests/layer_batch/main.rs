//! The layer that sends operations together: to its callers it is the backend beneath.
#![recursion_limit = "256"]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::future_not_send,
    reason = "tests fail by panicking, and are awaited where they stand"
)]

mod groups;
mod harness;
mod ours;
mod storms;
mod watched;

use typed_state::testing::MemoryHarness;
use typed_state::testing::linearizability::linearizability;
use typed_state_tests::postgres::{PostgresHarness, PostgresMode};
use typed_state_tests::redis::{RedisHarness, RedisMode};
use typed_state_tests::rounds;

use self::harness::Batched;

const REDIS: Batched<RedisHarness> = Batched(RedisHarness(RedisMode::Standalone));
const POSTGRES: Batched<PostgresHarness> = Batched(PostgresHarness(PostgresMode::Direct));

typed_state::conformance_tests!(memory, Batched(MemoryHarness), transactional, total_order);
typed_state::conformance_tests!(redis, REDIS, durable);
typed_state::conformance_tests!(postgres, POSTGRES, transactional, total_order, durable);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memory_is_linearizable() {
    linearizability(&Batched(MemoryHarness), 0..rounds(100)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_is_linearizable() {
    linearizability(&REDIS, 0..rounds(20)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_is_linearizable() {
    linearizability(&POSTGRES, 0..rounds(20)).await;
}
