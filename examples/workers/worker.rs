//! A worker: a process that may end or sleep at any moment.

use std::time::Duration;

use anyhow::Result;
use typed_state::lock::LockGuard;
use typed_state::{AnyBackend, Error, ErrorKind, Store, Ttl};

use super::flights::{Day, Flights};
use super::tally::Airline;

/// So long do others wait for one that died.
pub(crate) const TTL: Duration = Duration::from_secs(1);
/// How long a day takes to work on, if it were more than a sum.
const WORK: Duration = Duration::from_millis(8);
/// Before a worker looks again whether there is something to do.
const PAUSE: Duration = Duration::from_millis(50);
/// The line that tells of a day that is done; the others are for people.
pub(crate) const DAY_DONE: &str = ".";

/// Works on airlines that nobody works on, until all are done.
pub(crate) async fn work(store: &Store<AnyBackend>, flights: &Flights) -> Result<()> {
    loop {
        let mut all_done = true;
        for (code, days) in &flights.0 {
            let done = visit(store, code, days).await;
            match done {
                Ok(done) => all_done &= done,
                Err(error) if error.kind() == ErrorKind::LockLost => {
                    all_done = false;
                    println!("{code} was no longer its own; its write was refused");
                }
                Err(error) if may_pass(&error) => {
                    all_done = false;
                    println!("tries {code} again: {error}");
                }
                Err(error) => return Err(error.into()),
            }
        }
        if all_done {
            return Ok(());
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// What it does not know was written it reads again.
fn may_pass(error: &Error) -> bool {
    error.is_retryable() || error.kind() == ErrorKind::OutcomeUnknown
}

/// Works on an airline, if nobody does; whether it is done.
async fn visit(store: &Store<AnyBackend>, code: &str, days: &[Day]) -> Result<bool, Error> {
    let airline = Airline {
        code: code.to_owned(),
    };
    let tally = store.get(&airline).await?;
    if tally.is_some_and(|tally| tally.days.len() == days.len()) {
        return Ok(true);
    }
    let lock = store.lock(&airline).ttl(Ttl::try_from(TTL)?);
    match lock.try_acquire().await? {
        Some(guard) => add_up(guard, code, days).await,
        None => Ok(false),
    }
}

/// Reads, adds and writes, day by day. Nothing but the guard makes this safe.
async fn add_up(
    guard: LockGuard<AnyBackend, Airline>,
    code: &str,
    days: &[Day],
) -> Result<bool, Error> {
    let fence = guard.fence();
    let mut tally = guard.get().await?.unwrap_or_default();
    let (done, of) = (tally.days.len(), days.len());
    println!("takes {code}, {done} of {of} days done (fence {fence})");
    for day in days.iter().skip(done) {
        tally.add(day, fence);
        tokio::time::sleep(WORK).await;
        guard.put(&tally).await?;
        println!("{DAY_DONE}");
    }
    guard.release().await?;
    Ok(true)
}
