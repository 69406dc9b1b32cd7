//! The state: how far the flights of an airline are added up, and to what.

use serde::{Deserialize, Serialize};
use typed_state::lock::Fence;
use typed_state::{StateKey, StateValue};

use super::flights::Day;

/// An airline, by its code. Who holds its lock adds up its flights.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, StateKey)]
#[state(namespace = "workers.airline", value = Tally)]
pub(crate) struct Airline {
    pub(crate) code: String,
}

/// What its flights come to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, StateValue)]
#[state(name = "workers.tally")]
pub(crate) struct Tally {
    /// The days that are in it, in the order in which they were added, each with the fence of the lock under which it was.
    pub(crate) days: Vec<(u8, Fence)>,
    pub(crate) flights: u64,
    pub(crate) cancelled: u64,
    /// Minutes.
    pub(crate) delay: i64,
}

impl Tally {
    /// Adds a day.
    pub(crate) fn add(&mut self, day: &Day, fence: Fence) {
        self.days.push((day.number, fence));
        for delay in &day.delays {
            self.flights += 1;
            match delay {
                Some(minutes) => self.delay += minutes,
                None => self.cancelled += 1,
            }
        }
    }
}
