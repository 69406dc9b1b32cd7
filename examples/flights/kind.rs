//! The three jobs: what each counts, by what, and in which windows.

use std::time::Duration;

use clap::ValueEnum;
use typed_state::Result;
use typed_state::window::{Hopping, Session, Tumbling};

use super::departure::Departure;

const HOUR: Duration = Duration::from_hours(1);

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// How late flights depart: by the hour and airport, cancelled ones too
    Delays,
    /// What aircraft do: by the aircraft, until it stays on the ground for six hours
    Aircraft,
    /// How late airlines depart: by the airline, over three hours, for every hour
    Carriers,
}

/// The windows of the airports.
pub(crate) fn hours() -> Result<Tumbling> {
    Tumbling::of(HOUR)
}

/// The windows of the aircraft.
pub(crate) fn sessions() -> Result<Session> {
    Session::with_gap(6 * HOUR)
}

/// The windows of the airlines.
pub(crate) fn three_hours() -> Result<Hopping> {
    Hopping::of(3 * HOUR, HOUR)
}

impl Kind {
    /// The partition that the job's own entries lie in, and the end of the name of its windows.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Delays => "delays",
            Self::Aircraft => "aircraft",
            Self::Carriers => "carriers",
        }
    }

    /// The column by which it counts.
    pub(crate) const fn key_column(self) -> &'static str {
        match self {
            Self::Delays => "origin",
            Self::Aircraft => "tailnum",
            Self::Carriers => "carrier",
        }
    }

    /// Whether it adds up how far flights go.
    pub(crate) const fn has_distance(self) -> bool {
        matches!(self, Self::Aircraft)
    }

    /// The key that a flight counts under; `None` where it does not count.
    pub(crate) fn key(self, departure: &Departure) -> Option<&str> {
        let counts = self == Self::Delays || departure.delay.is_some();
        departure.key.as_deref().filter(|_| counts)
    }
}
