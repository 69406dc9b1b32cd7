//! Primaries fail under load and their replicas take their places: work goes on soon, nothing is applied twice, and what a
//! replica was waited for is kept.

use std::time::{Duration, Instant};

use typed_state::backends::Postgres;
use typed_state::testing::TestResult;
use typed_state::{ErrorKind, StateKey, Store};
use typed_state_tests::postgres::{FailingPostgres, PostgresFailover, PostgresFault, fresh_table};
use typed_state_tests::rounds;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, StateKey)]
#[state(namespace = "note", value = String)]
struct Note(u64);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn work_goes_on_after_every_failover() -> TestResult {
    failovers(false).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_replica_was_waited_for_is_kept() -> TestResult {
    failovers(true).await
}

async fn failovers(synchronous: bool) -> TestResult {
    let servers = FailingPostgres::start(synchronous).await?;
    for round in 0..rounds(1) {
        for fault in [PostgresFault::Killed, PostgresFault::Paused] {
            let failover = servers.failover_under_load(fault).await?;
            println!("round {round}, {fault:?}, synchronous {synchronous}: {failover:?}");
            check(&failover, synchronous);
        }
    }
    Ok(())
}

fn check(failover: &PostgresFailover, synchronous: bool) {
    let PostgresFailover {
        resumed,
        audit,
        strays,
    } = failover;
    assert_eq!(audit.wrong, [""; 0]);
    assert!(audit.acknowledged > 100 && audit.reads > 100, "{audit:?}");
    assert_eq!(*strays, 0, "the old primary was written to");
    if synchronous {
        assert_eq!((audit.lost, audit.lost_hits), (0, 0), "{audit:?}");
    }
    // Without waiting, what was acknowledged in the last moments may be gone.
    assert!(audit.lost < 100 && audit.lost_hits < 100, "{audit:?}");
    let last = resumed.last().copied().unwrap_or_default();
    assert!(last < Duration::from_secs(2), "{resumed:?}");
}

/// Nothing was asked while the primary was replaced, and both say that they are primaries.
#[tokio::test]
async fn an_old_primary_that_comes_back_is_not_believed() -> TestResult {
    let servers = FailingPostgres::start(false).await?;
    let config = servers.config().table(fresh_table()).build()?;
    let store = Store::new(Postgres::open(&config).await?);
    let text = "kept".to_owned();
    store.put(&Note(1), &text).await?;
    servers.pair().wait_until_replayed().await?;

    servers.pair().primary().kill()?;
    let old = servers.pair().promote().await?;
    old.start_again().await?;
    let begun = Instant::now();
    if let Err(error) = store.insert(&Note(2), &text).await {
        // The connection had ended, which nobody knew.
        assert_eq!(error.kind(), ErrorKind::OutcomeUnknown, "{error}");
    }
    store.put(&Note(3), &text).await?;
    assert!(begun.elapsed() < Duration::from_secs(2));
    let fresh = Store::new(Postgres::open(&config).await?);
    fresh.put(&Note(4), &text).await?;

    old.stop().await?;
    for number in [1, 3, 4] {
        assert_eq!(store.get(&Note(number)).await?.as_ref(), Some(&text));
    }
    Ok(())
}
