//! The proof: what is in the store is what the file says, and each day was added once, in order, under rising fences.

use std::fmt;

use typed_state::{AnyBackend, Result, Store};

use super::flights::{Day, Flights};
use super::tally::{Airline, Tally};

/// What is so.
#[derive(Debug, Default)]
pub(crate) struct Proof {
    airlines: usize,
    days: usize,
    flights: u64,
    /// How many locks the days were added under.
    holders: usize,
}

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            airlines,
            days,
            flights,
            holders,
        } = self;
        write!(
            f,
            "proved: {flights} flights on {days} days of {airlines} airlines were added once each, by {holders} holders of locks"
        )
    }
}

fn airline(code: &str) -> Airline {
    Airline {
        code: code.to_owned(),
    }
}

/// Removes what an earlier crew left. Fences go on from where they were.
pub(crate) async fn forget(store: &Store<AnyBackend>, flights: &Flights) -> Result<()> {
    for code in flights.0.keys() {
        let guard = store.lock(&airline(code)).acquire().await?;
        guard.delete().await?;
        guard.release().await?;
    }
    Ok(())
}

/// The proof, or what is not as it should be.
pub(crate) async fn prove(
    store: &Store<AnyBackend>,
    flights: &Flights,
) -> Result<std::result::Result<Proof, Vec<String>>> {
    let mut proof = Proof::default();
    let mut mistakes = Vec::new();
    for (code, days) in &flights.0 {
        let found = store.get(&airline(code)).await?.unwrap_or_default();
        mistakes.extend(check(code, days, &found));
        proof.airlines += 1;
        proof.days += found.days.len();
        proof.flights += found.flights;
        let mut holders: Vec<_> = found.days.iter().map(|(_, fence)| fence).collect();
        holders.dedup();
        proof.holders += holders.len();
    }
    Ok(if mistakes.is_empty() {
        Ok(proof)
    } else {
        Err(mistakes)
    })
}

fn check(code: &str, days: &[Day], found: &Tally) -> Option<String> {
    let numbers = || days.iter().map(|day| day.number);
    let added = || found.days.iter().map(|(number, _)| *number);
    if !numbers().eq(added()) {
        let (should, are): (Vec<_>, Vec<_>) = (numbers().collect(), added().collect());
        return Some(format!(
            "{code}: added were the days {are:?}, not {should:?}"
        ));
    }
    if !found.days.is_sorted_by_key(|(_, fence)| *fence) {
        return Some(format!("{code}: an old holder wrote: {:?}", found.days));
    }
    let mut expected = Tally::default();
    for (day, (_, fence)) in days.iter().zip(&found.days) {
        expected.add(day, *fence);
    }
    (expected != *found).then(|| format!("{code}: {found:?} is there, and {expected:?} is right"))
}
