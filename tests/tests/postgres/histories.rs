//! PostgreSQL against the plain model of the contract, and its histories under faults.
#![allow(clippy::future_not_send, reason = "they are awaited where they stand")]

use typed_state::testing::linearizability::linearizability;
use typed_state::testing::model::model;
use typed_state_tests::postgres::{FaultyPostgres, FaultyWay, PostgresHarness, PostgresMode};
use typed_state_tests::{rounds, seed};

macro_rules! in_each_mode {
    ($($mode:ident: $name:ident;)*) => {$(
        mod $mode {
            use super::*;

            #[tokio::test]
            async fn agrees_with_the_model() {
                model(&PostgresHarness(PostgresMode::$name), 0..rounds(10)).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn is_linearizable() {
                linearizability(&PostgresHarness(PostgresMode::$name), 0..rounds(20)).await;
            }
        }
    )*};
}

in_each_mode! {
    direct: Direct;
    partitioned: Partitioned;
    bouncer: Bouncer;
}

async fn while_connections_fail(way: FaultyWay) {
    let first = seed();
    linearizability(&FaultyPostgres::new(way, first), first..first + rounds(5)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn is_linearizable_while_connections_fail() {
    while_connections_fail(FaultyWay::Prepared).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn is_linearizable_without_prepared_statements_while_connections_fail() {
    while_connections_fail(FaultyWay::Unprepared).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn is_linearizable_through_a_bouncer_while_connections_fail() {
    while_connections_fail(FaultyWay::Bouncer).await;
}
