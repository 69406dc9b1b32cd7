//! Backends against the plain model of the contract, and the model test against backends with faults.
#![allow(
    clippy::future_not_send,
    reason = "the model test is awaited where it stands"
)]

mod faulty;
mod ticking;

use typed_state::testing::MemoryHarness;
use typed_state::testing::model::{check, model};
use typed_state_tests::EmbeddedHarness;

use self::faulty::{Fault, FaultyHarness};
use self::ticking::TickingHarness;

#[tokio::test]
async fn memory_agrees_with_the_model() {
    model(&MemoryHarness, 0..100).await;
}

#[tokio::test]
async fn embedded_agrees_with_the_model() {
    model(&EmbeddedHarness::default(), 0..100).await;
}

#[tokio::test]
async fn embedded_without_a_cache_agrees_with_the_model() {
    model(&EmbeddedHarness::uncached(), 100..200).await;
}

#[tokio::test]
async fn memory_agrees_with_the_model_while_time_runs() {
    model(&TickingHarness, 0..100).await;
}

/// The first counterexample that the seeds give is of few operations.
async fn finds(fault: Fault, operations: usize) {
    let harness = FaultyHarness(fault);
    for seed in 0..100 {
        if let Err(counterexample) = check(&harness, seed).await {
            let found = counterexample.operations().len();
            assert!(found <= operations, "{found} operations: {counterexample}");
            return;
        }
    }
    panic!("{fault:?} goes unnoticed");
}

macro_rules! finds {
    ($($name:ident: $fault:ident in $operations:literal;)*) => {$(
        #[tokio::test]
        async fn $name() {
            finds(Fault::$fault, $operations).await;
        }
    )*};
}

finds! {
    a_condition_that_is_not_checked_is_found: LastConditionUnchecked in 2;
    a_commit_that_applies_in_part_is_found: MutationsOneByOne in 2;
    a_lost_time_to_live_is_found: TimeToLiveLost in 2;
    an_expiry_that_is_not_kept_is_found: KeepClears in 2;
    a_clock_that_lags_is_found: ClockLags in 3;
    a_stale_read_is_found: ReadsCached in 3;
    a_range_that_runs_the_wrong_way_is_found: ReverseIgnored in 2;
    a_key_that_is_skipped_between_pages_is_found: PagesSkip in 2;
    a_key_that_comes_twice_is_found: PagesOverlap in 2;
    a_snapshot_that_follows_writes_is_found: SnapshotOpensLate in 3;
    a_delete_that_is_miscounted_is_found: DeletesUncounted in 2;
    a_write_that_a_restart_loses_is_found: RestartForgets in 2;
}
