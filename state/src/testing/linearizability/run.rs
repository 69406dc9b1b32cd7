use std::ops::Range;
use std::sync::Arc;

use super::checker::is_linearizable;
use super::client::{Client, Moments};
use super::history::{Operation, Violation};
use crate::testing::{Fixture as _, Harness, TestResult};

/// How many clients race.
const CLIENTS: usize = 4;

/// How many requests each of them makes.
const REQUESTS: usize = 15;

/// Lets clients race on fresh stores, once for each seed, and looks for an order that explains what they saw.
///
/// The seeds give what the clients do; how they race is the runtime's. Run it on a runtime of several
/// threads.
///
/// # Panics
/// With the first history that no order explains, or where a store fails otherwise.
#[allow(clippy::panic, reason = "it is a test, and fails by panicking")]
pub async fn linearizability<H: Harness>(harness: &H, seeds: Range<u64>) {
    for seed in seeds {
        if let Err(error) = check(harness, seed).await {
            panic!("{error}");
        }
    }
}

/// Lets clients race on one fresh store.
///
/// # Errors
/// A [`Violation`] where no order explains what they saw; what a store failed with otherwise.
pub async fn check<H: Harness>(harness: &H, seed: u64) -> TestResult {
    let history = record(harness, seed).await?;
    if is_linearizable(&history) {
        Ok(())
    } else {
        Err(Violation::new(seed, history).into())
    }
}

async fn record<H: Harness>(harness: &H, seed: u64) -> TestResult<Vec<Operation>> {
    let fixture = harness.fresh().await?;
    let moments = Arc::new(Moments::default());
    let mut clients = Vec::new();
    for number in 0..CLIENTS {
        // Two of them share a client of the store.
        let backend = match number {
            0 | 1 => Arc::clone(fixture.backend()),
            _ => fixture.connect().await?,
        };
        clients.push(Client::new(number, seed, backend, Arc::clone(&moments)));
    }
    let running: Vec<_> = clients
        .into_iter()
        .map(|client| tokio::spawn(client.run(REQUESTS)))
        .collect();
    let mut history = Vec::new();
    for client in running {
        history.extend(client.await??);
    }
    Ok(history)
}
