//! What racing clients of a store see has an order that explains it; and where not, that is found.

mod racy;

use typed_state::testing::MemoryHarness;
use typed_state::testing::linearizability::{Violation, check, linearizability};
use typed_state_tests::EmbeddedHarness;

use self::racy::{Race, RacyHarness};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memory_is_linearizable() {
    linearizability(&MemoryHarness, 0..100).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn embedded_is_linearizable() {
    linearizability(&EmbeddedHarness::default(), 0..100).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn embedded_without_a_cache_is_linearizable() {
    linearizability(&EmbeddedHarness::uncached(), 100..200).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memory_whose_answers_get_lost_is_linearizable() {
    linearizability(&RacyHarness(Race::AnswersLost), 0..100).await;
}

/// Some of the seeds show the race.
async fn finds(race: Race) {
    let harness = RacyHarness(race);
    for seed in 0..100 {
        if let Err(error) = check(&harness, seed).await {
            let violation = error.downcast_ref::<Violation>();
            assert!(violation.is_some(), "{error}");
            return;
        }
    }
    panic!("{race:?} goes unnoticed");
}

macro_rules! finds {
    ($($name:ident: $race:ident;)*) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            finds(Race::$race).await;
        }
    )*};
}

finds! {
    a_read_from_a_cache_is_found: ReadsCached;
    conditions_checked_before_the_commit_are_found: CheckedBefore;
    commits_applied_piece_by_piece_are_found: PieceByPiece;
    an_applied_commit_that_is_said_to_have_failed_is_found: AppliedAndDenied;
    a_commit_that_applies_twice_is_found: AppliedTwice;
    a_write_acknowledged_before_it_is_made_is_found: AcknowledgedEarly;
}
