use std::fmt;
use std::ops::Range;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;
use proptest::strategy::{Strategy as _, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::compare::Verdict;
use super::drive::Driver;
use super::operation::Operation;
use super::strategy::histories;
use crate::backend::Backend as _;
use crate::testing::{Fixture as _, Harness};

/// How many shorter histories are tried at the most, once one has failed.
const MAX_SHRINKS: usize = 2_000;

/// Runs the histories of these seeds on fresh stores and on the reference.
///
/// A seed always gives the same history for the same capabilities.
///
/// # Panics
/// With the shrunk history of the first seed on which they differ.
///
/// The future is not `Send`: await it in a test, do not spawn it.
#[allow(clippy::panic, reason = "it is a test, and fails by panicking")]
#[allow(
    clippy::future_not_send,
    reason = "the tree that shrinks a history stays on its thread"
)]
pub async fn model<H: Harness>(harness: &H, seeds: Range<u64>) {
    for seed in seeds {
        if let Err(counterexample) = check(harness, seed).await {
            panic!("{counterexample}");
        }
    }
}

/// Runs the history of one seed on a fresh store and on the reference.
///
/// # Errors
/// The shrunk history, where they differ.
///
/// The future is not `Send`: await it in a test, do not spawn it.
#[allow(
    clippy::future_not_send,
    reason = "the tree that shrinks a history stays on its thread"
)]
pub async fn check<H: Harness>(harness: &H, seed: u64) -> Result<(), Counterexample> {
    let mut tree = history_of(harness, seed).await?;
    let history = tree.current();
    let Err(mut failure) = run(harness, &history).await else {
        return Ok(());
    };
    let mut shortest = history;
    let mut more = tree.simplify();
    for _ in 0..MAX_SHRINKS {
        if !more {
            break;
        }
        let history = tree.current();
        more = match run(harness, &history).await {
            Err(simpler) => {
                (shortest, failure) = (history, simpler);
                tree.simplify()
            }
            Ok(()) => tree.complicate(),
        };
    }
    Err(Counterexample::new(seed, &shortest, failure))
}

async fn history_of<H: Harness>(
    harness: &H,
    seed: u64,
) -> Result<impl ValueTree<Value = Vec<Operation>> + use<H>, Counterexample> {
    let broken = |reason: String| Counterexample::new(seed, &[], (0, reason));
    let fixture = harness.fresh().await;
    let fixture = fixture.map_err(|error| broken(format!("no fresh store: {error}")))?;
    let mut bytes = [0; 32];
    for (place, byte) in bytes.iter_mut().zip(seed.to_be_bytes()) {
        *place = byte;
    }
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let capabilities = fixture.backend().capabilities();
    histories(&capabilities, fixture.time())
        .new_tree(&mut runner)
        .map_err(|reason| broken(format!("no history: {reason}")))
}

/// Runs a history; where it fails, says after how many operations and why.
async fn run<H: Harness>(harness: &H, history: &[Operation]) -> Result<(), (usize, String)> {
    let fixture = harness.fresh().await;
    let fixture = fixture.map_err(|error| (0, format!("no fresh store: {error}")))?;
    let mut driver = Driver::new(fixture);
    for (index, operation) in history.iter().enumerate() {
        let step = AssertUnwindSafe(driver.step(operation)).catch_unwind();
        let verdict: Verdict = step.await.unwrap_or_else(|_| Err("it panicked".to_owned()));
        verdict.map_err(|reason| (index + 1, reason))?;
    }
    Ok(())
}

/// A history on which a backend and the reference differ.
#[derive(Clone, PartialEq, Eq)]
pub struct Counterexample {
    seed: u64,
    operations: Vec<String>,
    reason: String,
}

impl Counterexample {
    fn new(seed: u64, history: &[Operation], (length, reason): (usize, String)) -> Self {
        let operations = history.iter().take(length);
        Self {
            seed,
            operations: operations
                .map(|operation| format!("{operation:?}"))
                .collect(),
            reason,
        }
    }

    /// The seed that gives the history.
    pub const fn seed(&self) -> u64 {
        self.seed
    }

    /// The operations, the last of which shows the difference.
    pub fn operations(&self) -> &[String] {
        &self.operations
    }

    /// What differs.
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

impl fmt::Display for Counterexample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "the store differs from the model under seed {}:",
            self.seed
        )?;
        for (index, operation) in self.operations.iter().enumerate() {
            writeln!(f, "{:4}. {operation}", index + 1)?;
        }
        write!(f, "after the last: {}", self.reason)
    }
}

impl fmt::Debug for Counterexample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Counterexample {}
