//! The state of the jobs, beside their windows: what came out of those, and which input they are of.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use typed_state::primitive::{Aggregate, Merge};
use typed_state::{StateKey, StateValue};

use super::departure::Departure;
use super::source::Source;

/// A window that has closed. In the order of the fields: by start, then by airport, aircraft or airline.
///
/// The end is a part of it, for two sessions of an aircraft may begin with the same moment: flights that come when one has closed
/// may make another, which flights from before can join.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, StateKey)]
#[state(namespace = "flights.result", value = Totals, ordered)]
pub(crate) struct Closed {
    #[state(partition)]
    pub(crate) job: String,
    pub(crate) start: Timestamp,
    pub(crate) of: String,
    pub(crate) end: Timestamp,
}

/// What a window holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, StateValue)]
#[state(name = "flights.totals")]
pub(crate) struct Totals {
    /// Flights that departed.
    pub(crate) flights: u64,
    pub(crate) cancelled: u64,
    /// Minutes, over the flights that departed.
    pub(crate) delay_sum: i64,
    /// Minutes; `None` where nothing departed.
    pub(crate) delay_max: Option<i64>,
    /// Miles, over the flights that departed.
    pub(crate) distance: u64,
}

/// Counts departures.
pub(crate) struct Count;

impl Aggregate for Count {
    type Input = Departure;
    type Accumulator = Totals;
    type Output = Totals;

    fn empty() -> Totals {
        Totals::default()
    }

    fn add(totals: &mut Totals, departure: &Departure) {
        match departure.delay {
            Some(delay) => totals.merge(&Totals {
                flights: 1,
                cancelled: 0,
                delay_sum: delay,
                delay_max: Some(delay),
                distance: departure.distance,
            }),
            None => totals.cancelled += 1,
        }
    }

    fn output(totals: &Totals) -> Totals {
        totals.clone()
    }
}

impl Merge for Count {
    fn merge(totals: &mut Totals, others: &Totals) {
        totals.merge(others);
    }
}

impl Totals {
    /// Adds what another has counted.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.flights += other.flights;
        self.cancelled += other.cancelled;
        self.delay_sum += other.delay_sum;
        self.delay_max = self.delay_max.max(other.delay_max);
        self.distance += other.distance;
    }
}

/// Where it stands which input a job is of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, StateKey)]
#[state(namespace = "flights.input", value = Begun)]
pub(crate) struct InputOf {
    #[state(partition)]
    pub(crate) job: String,
}

/// The rows that have begun to be counted: written before they are, so that no row is counted of which it is not known what it was.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, StateValue)]
#[state(name = "flights.input")]
pub(crate) struct Begun {
    pub(crate) rows: u64,
    /// CRC-32 of the header and of those rows: another input is noticed before anything of it is counted.
    pub(crate) checksum: u32,
    /// The file that was counted to its end.
    pub(crate) finished: Option<Source>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn departure(delay: Option<i64>) -> Departure {
        Departure {
            scheduled: Timestamp::UNIX_EPOCH,
            key: Some("EWR".to_owned()),
            delay,
            distance: 100,
        }
    }

    #[test]
    fn only_flights_that_departed_have_a_delay() {
        let mut totals = Totals::default();
        Count::add(&mut totals, &departure(None));
        assert_eq!((totals.cancelled, totals.delay_max), (1, None));
        Count::add(&mut totals, &departure(Some(-9)));
        Count::add(&mut totals, &departure(Some(-3)));
        let expected = Totals {
            flights: 2,
            cancelled: 1,
            delay_sum: -12,
            delay_max: Some(-3),
            distance: 200,
        };
        assert_eq!(totals, expected);
    }
}
