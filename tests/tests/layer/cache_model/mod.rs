//! The table of what a cached read sees, as a model: two processes, each with a cache of its own, do this and that in turns, one call
//! of a store at a time, and no read may be answered otherwise than the table says.
#![allow(clippy::future_not_send, reason = "they are awaited where they stand")]

mod command;
mod drive;
mod stage;
mod steps;
mod truth;
mod upper;

use std::sync::Arc;
use std::time::Duration;

use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};
use typed_state::backend::{Backend, Notify};
use typed_state::layer::{CacheLayer, Layer as _, TierLayer, Tiered};
use typed_state_tests::rounds;

use self::command::{Command, commands};
use self::drive::drive;
use self::stage::{Client, Flaw, Stage};
use self::truth::{CACHED_FOR, Rule};
use self::upper::Upper;

/// Longer than any run.
const LONG: Duration = Duration::from_hours(10);

fn cached<B: Notify>(inner: B) -> impl Backend {
    let layer = CacheLayer::new().ttl(CACHED_FOR).negative_ttl(CACHED_FOR);
    layer.over(inner)
}

fn tiered(stage: &Arc<Stage>, process: usize) -> Tiered<Upper, Client> {
    let layer = TierLayer::new(Upper::of(stage))
        .write_time(LONG)
        .patience(LONG);
    layer.over(Client::new(stage, process))
}

/// What stands in each process.
#[derive(Debug, Clone, Copy)]
enum Layers {
    Cache,
    Tier,
    CacheAndTier,
}

async fn run(layers: Layers, flaw: Option<Flaw>, commands: &[Command]) -> Result<(), String> {
    let stage = Arc::new(Stage::new(flaw));
    let processes = [0, 1];
    match layers {
        Layers::Cache => {
            let backends = processes.map(|process| cached(Client::new(&stage, process)));
            drive(&stage, backends, Rule::Cached, commands).await
        }
        Layers::Tier => {
            let backends = processes.map(|process| tiered(&stage, process));
            drive(&stage, backends, Rule::Exact, commands).await
        }
        Layers::CacheAndTier => {
            let backends = processes.map(|process| cached(tiered(&stage, process)));
            drive(&stage, backends, Rule::Cached, commands).await
        }
    }
}

/// The smallest commands after which a read is answered wrongly, and how; `None` where there are none.
fn counterexample(layers: Layers, flaw: Option<Flaw>, cases: u64) -> Option<String> {
    let config = Config {
        cases: u32::try_from(cases).unwrap(),
        failure_persistence: None,
        ..Config::default()
    };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let result = runner.run(&commands(), |commands| {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        let ran = runtime.block_on(run(layers, flaw, &commands));
        ran.map_err(proptest::test_runner::TestCaseError::fail)
    });
    match result {
        Ok(()) => None,
        Err(TestError::Fail(reason, commands)) => Some(format!("{reason}, after {commands:#?}")),
        Err(TestError::Abort(reason)) => panic!("{reason}"),
    }
}

fn agrees(layers: Layers) {
    if let Some(found) = counterexample(layers, None, rounds(1_000)) {
        panic!("{found}");
    }
}

#[test]
fn a_cached_read_sees_what_the_table_says() {
    agrees(Layers::Cache);
}

#[test]
fn a_read_through_the_tier_sees_what_the_store_has() {
    agrees(Layers::Tier);
}

#[test]
fn a_cached_read_through_the_tier_sees_what_the_table_says() {
    agrees(Layers::CacheAndTier);
}

/// What the model is for.
#[test]
fn every_flaw_is_found() {
    let flaws = [
        (Layers::Cache, Flaw::NoticesAreLost),
        (Layers::Cache, Flaw::LifetimesAreNotTold),
        (Layers::Tier, Flaw::LeasesAreNotRequired),
        (Layers::Tier, Flaw::MarksAreNotPut),
        (Layers::Tier, Flaw::LifetimesAreNotTold),
        (Layers::CacheAndTier, Flaw::NoticesAreLost),
        (Layers::CacheAndTier, Flaw::LeasesAreNotRequired),
    ];
    for (layers, flaw) in flaws {
        let found = counterexample(layers, Some(flaw), 20_000);
        assert!(found.is_some(), "{flaw:?} goes unnoticed under {layers:?}");
    }
}
