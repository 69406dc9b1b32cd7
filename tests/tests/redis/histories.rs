//! Redis against the plain model of the contract, and its histories under faults.
#![allow(clippy::future_not_send, reason = "they are awaited where they stand")]

use typed_state::testing::linearizability::linearizability;
use typed_state::testing::model::model;
use typed_state_tests::redis::{FaultyRedis, RedisHarness, RedisMode};
use typed_state_tests::{rounds, seed};

macro_rules! in_each_mode {
    ($($mode:ident: $name:ident;)*) => {$(
        mod $mode {
            use super::*;

            #[tokio::test]
            async fn agrees_with_the_model() {
                model(&RedisHarness(RedisMode::$name), 0..rounds(10)).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn is_linearizable() {
                linearizability(&RedisHarness(RedisMode::$name), 0..rounds(20)).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn is_linearizable_while_connections_fail() {
                let first = seed();
                let harness = FaultyRedis::new(RedisMode::$name, first);
                linearizability(&harness, first..first + rounds(5)).await;
            }
        }
    )*};
}

in_each_mode! {
    standalone: Standalone;
    sentinel: Sentinel;
    cluster: Cluster;
}
