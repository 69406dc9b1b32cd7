//! The state: what each window holds, and how far the input has been counted.
//!
//! Both key types have the same partition, the job, so that one transaction can change windows and
//! progress together.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use typed_state::{StateKey, StateValue};

use super::departure::Departure;
use super::source::Source;

const HOUR_MS: i64 = 3_600_000;

/// How far the watermark stays behind the newest event time.
const DELAY_MS: i64 = 2 * HOUR_MS;

/// An hour at an airport. In the order of the fields: by start, then by airport.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, StateKey)]
#[state(namespace = "flights.window", value = Totals, ordered)]
pub(crate) struct Window {
    #[state(partition)]
    pub(crate) job: String,
    pub(crate) start: Timestamp,
    pub(crate) origin: String,
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
}

impl Totals {
    /// Counts a departure.
    pub(crate) fn add(&mut self, departure: &Departure) {
        match departure.delay {
            Some(delay) => self.merge(&Self {
                flights: 1,
                cancelled: 0,
                delay_sum: delay,
                delay_max: Some(delay),
            }),
            None => self.cancelled += 1,
        }
    }

    /// Adds what another has counted.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.flights += other.flights;
        self.cancelled += other.cancelled;
        self.delay_sum += other.delay_sum;
        self.delay_max = self.delay_max.max(other.delay_max);
    }
}

/// Where a job's progress lies.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, StateKey)]
#[state(namespace = "flights.progress", value = Progress)]
pub(crate) struct ProgressOf {
    #[state(partition)]
    pub(crate) job: String,
}

/// How far the input has been counted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, StateValue)]
#[state(name = "flights.progress")]
pub(crate) struct Progress {
    /// Rows counted, late ones too.
    pub(crate) events: u64,
    /// Rows that came after their window had closed.
    pub(crate) late: u64,
    /// The newest event time, which the watermark follows.
    pub(crate) newest: Option<Timestamp>,
    /// CRC-32 of the header and the rows counted: another input is noticed before anything of it is counted.
    pub(crate) checksum: u32,
    /// The file that was counted to its end.
    pub(crate) finished: Option<Source>,
}

impl Progress {
    /// Counts a departure, and says in which window's hour; `None` where it comes too late for that.
    pub(crate) fn admit(&mut self, departure: &Departure) -> Option<Timestamp> {
        let start = hour_of(departure.scheduled);
        let late = self.has_closed(start);
        self.events += 1;
        self.late += u64::from(late);
        self.newest = self.newest.max(Some(departure.scheduled));
        (!late).then_some(start)
    }

    /// Whether the watermark has reached the last millisecond of the hour from `start`.
    fn has_closed(&self, start: Timestamp) -> bool {
        let last = start.as_millisecond() + HOUR_MS - 1;
        self.newest
            .is_some_and(|newest| last <= newest.as_millisecond() - DELAY_MS)
    }
}

/// The full hour at or before `time`.
fn hour_of(time: Timestamp) -> Timestamp {
    let millis = time.as_millisecond();
    Timestamp::from_millisecond(millis - millis.rem_euclid(HOUR_MS)).unwrap_or(Timestamp::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(time: &str) -> Timestamp {
        format!("2013-01-01T{time}Z").parse().unwrap()
    }

    fn departure(time: &str, delay: Option<i64>) -> Departure {
        Departure {
            scheduled: at(time),
            origin: "EWR".to_owned(),
            delay,
        }
    }

    #[test]
    fn a_window_begins_with_its_hour() {
        assert_eq!(hour_of(at("05:00:00")), at("05:00:00"));
        assert_eq!(hour_of(at("05:59:59.999")), at("05:00:00"));
        let before_1970 = "1969-12-31T23:30:00Z".parse().unwrap();
        assert_eq!(hour_of(before_1970).to_string(), "1969-12-31T23:00:00Z");
    }

    #[test]
    fn a_window_closes_two_hours_after_its_last_millisecond() {
        let mut progress = Progress::default();
        let mut admit = |time| progress.admit(&departure(time, Some(0)));
        assert_eq!(admit("07:59:00"), Some(at("07:00:00")));
        assert_eq!(
            admit("05:59:00"),
            Some(at("05:00:00")),
            "closes at 07:59:59.999"
        );
        assert_eq!(admit("07:59:59.998"), Some(at("07:00:00")));
        assert_eq!(admit("05:00:00"), Some(at("05:00:00")));
        assert_eq!(admit("07:59:59.999"), Some(at("07:00:00")));
        assert_eq!(admit("05:59:00"), None);
        assert_eq!(admit("06:00:00"), Some(at("06:00:00")));
        assert_eq!((progress.events, progress.late), (7, 1));
        assert_eq!(
            progress.newest,
            Some(at("07:59:59.999")),
            "a late one moves nothing"
        );
    }

    #[test]
    fn an_event_that_moves_the_watermark_is_judged_by_the_one_before() {
        let mut progress = Progress::default();
        let window = progress.admit(&departure("23:00:00", None));
        assert_eq!(window, Some(at("23:00:00")));
    }

    #[test]
    fn only_flights_that_departed_have_a_delay() {
        let mut totals = Totals::default();
        totals.add(&departure("05:00:00", None));
        assert_eq!((totals.cancelled, totals.delay_max), (1, None));
        totals.add(&departure("05:10:00", Some(-9)));
        totals.add(&departure("05:20:00", Some(-3)));
        let expected = Totals {
            flights: 2,
            cancelled: 1,
            delay_sum: -12,
            delay_max: Some(-3),
        };
        assert_eq!(totals, expected);
    }
}
