use std::fmt;
use std::time::Duration;

use crate::clock::Timestamp;
use crate::error::{Error, ErrorKind, Result};

/// The farthest from the Unix epoch that an event time may be, in milliseconds: some 36 million years. Sums of a few such
/// times do not overflow.
pub(super) const FARTHEST: i64 = 1 << 60;

/// A span of event time: from its start to before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Window {
    pub(super) start: i64,
    pub(super) end: i64,
}

impl Window {
    /// All of time: the one window of [`Global`](super::Global).
    pub const ALL: Self = Self {
        start: i64::MIN,
        end: i64::MAX,
    };

    pub(super) const fn new(start: i64, end: i64) -> Self {
        Self { start, end }
    }

    /// The first moment in it.
    pub const fn start(&self) -> Timestamp {
        Timestamp::from_millis(self.start)
    }

    /// The first moment after it.
    pub const fn end(&self) -> Timestamp {
        Timestamp::from_millis(self.end)
    }

    /// The last moment in it: what comes out of it carries this time, so that windows of the same size downstream align.
    pub const fn last(&self) -> Timestamp {
        Timestamp::from_millis(self.end - 1)
    }

    /// Whether a moment lies in it.
    pub const fn contains(&self, time: Timestamp) -> bool {
        self.start <= time.as_millis() && time.as_millis() < self.end
    }

    /// Whether they have a moment in common.
    pub(super) const fn overlaps(&self, other: &Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// Whether the watermark has passed its last moment by `lateness`: what comes for it then is late.
    pub(super) const fn is_over(&self, watermark: i64, lateness: i64) -> bool {
        self.end != i64::MAX && self.end - 1 + lateness <= watermark
    }
}

impl fmt::Display for Window {
    /// Milliseconds since the Unix epoch, as `[start, end)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}, {})", self.start, self.end)
    }
}

/// The milliseconds of a duration, at least `least`.
pub(super) fn millis(name: &str, duration: Duration, least: i64) -> Result<i64> {
    let millis = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
    if (least..FARTHEST).contains(&millis) && duration.subsec_nanos().is_multiple_of(1_000_000) {
        return Ok(millis);
    }
    Err(Error::new(
        ErrorKind::Configuration,
        format!(
            "`{name}` is {duration:?}; it is a whole number of milliseconds, {least} at the least"
        ),
    ))
}

/// The milliseconds of an event time.
pub(super) fn event_time(time: Timestamp) -> Result<i64> {
    let millis = time.as_millis();
    if (-FARTHEST..=FARTHEST).contains(&millis) {
        return Ok(millis);
    }
    Err(Error::new(
        ErrorKind::InvalidInput,
        format!("the event time {millis} ms is farther from the Unix epoch than 2^60 ms"),
    ))
}
