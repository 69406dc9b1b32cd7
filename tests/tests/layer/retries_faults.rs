//! Retries over a store that fails on purpose: what is acknowledged is applied once, what is refused never.

use std::time::Duration;

use tokio::task::JoinSet;
use typed_state::backend::Backend;
use typed_state::layer::{Fault, FaultKind, FaultLayer, FaultPoint, Layer as _, Retry, RetryLayer};
use typed_state::testing::{Fixture as _, Harness, MemoryHarness, TestResult};
use typed_state::{ErrorKind, SeededEntropy, Store};
use typed_state_tests::{EmbeddedHarness, exactly_once, rounds};

fn faulty<B: Backend>(seed: u64, inner: B) -> Retry<Fault<B>> {
    let late = Duration::from_millis(12);
    let refuse = FaultKind::Refuse(ErrorKind::Unavailable);
    let faults = FaultLayer::new(seed)
        .inject(FaultPoint::Commit, FaultKind::LoseAnswer, 0.12)
        .inject(FaultPoint::Commit, FaultKind::Ghost(late), 0.12)
        .inject(FaultPoint::Commit, refuse, 0.08)
        .inject(
            FaultPoint::Commit,
            FaultKind::Refuse(ErrorKind::Timeout),
            0.04,
        )
        .inject(FaultPoint::Commit, FaultKind::Delay(late / 4), 0.2)
        .inject(FaultPoint::Get, refuse, 0.1)
        .inject(FaultPoint::Get, FaultKind::LoseAnswer, 0.1);
    RetryLayer::new()
        .max_retries(5)
        .initial_delay(Duration::from_millis(1))
        .max_delay(Duration::from_millis(4))
        .entropy(SeededEntropy::new(seed))
        .over(faults.over(inner))
}

/// One seed; gives how many outcomes stayed unknown, and how many commits were recognised.
async fn race<H: Harness>(harness: H, seed: u64) -> TestResult<(usize, u64)> {
    let fixture = harness.fresh().await?;
    let store = Store::new(faulty(seed, std::sync::Arc::clone(fixture.backend())));
    let calm = async { store.backend().inner().calm().await };
    let unknown = exactly_once(&store, 8, calm)
        .await
        .map_err(|error| format!("seed {seed}: {error}"))?;
    Ok((unknown, store.backend().retries().settled))
}

async fn races<H: Harness + Clone>(harness: H, at_once: usize) -> TestResult {
    let (mut running, mut unknown, mut settled) = (JoinSet::new(), 0, 0);
    let mut seeds = 0..rounds(100);
    loop {
        while running.len() < at_once
            && let Some(seed) = seeds.next()
        {
            running.spawn(race(harness.clone(), seed));
        }
        let Some(ended) = running.join_next().await else {
            break;
        };
        let (more_unknown, more_settled) = ended??;
        unknown += more_unknown;
        settled += more_settled;
    }
    println!("{unknown} outcomes stayed unknown, {settled} commits were recognised");
    assert!(
        settled > rounds(100),
        "the faults hit too little: {settled}"
    );
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn memory_applies_once() -> TestResult {
    races(MemoryHarness, 1).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn embedded_applies_once() -> TestResult {
    races(EmbeddedHarness::default(), 10).await
}
