use std::time::Duration;

use crate::clock::Timestamp;
use crate::error::Result;
use crate::window::span::millis;

/// The watermark of a stream whose events come at most so much out of order: 1 ms and the bound behind the newest.
///
/// An event that is as old as the bound allows is still ahead of it, so it is not late.
///
/// ```
/// # use std::time::Duration;
/// # use typed_state::Timestamp;
/// # use typed_state::window::watermark::BoundedOutOfOrderness;
/// let mut watermark = BoundedOutOfOrderness::of(Duration::from_millis(10))?;
/// let at = Timestamp::from_millis;
/// assert_eq!(watermark.observe(at(100)), Some(at(89)));
/// assert_eq!(watermark.observe(at(95)), None);
/// # Ok::<(), typed_state::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BoundedOutOfOrderness {
    bound: i64,
    watermark: Option<Timestamp>,
}

impl BoundedOutOfOrderness {
    /// With this bound; zero where events come in the order of their times.
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration) where it is no whole number of milliseconds.
    pub fn of(bound: Duration) -> Result<Self> {
        Ok(Self {
            bound: millis("bound", bound, 0)?,
            watermark: None,
        })
    }

    /// An event of this time has come: gives the watermark where it has moved.
    pub fn observe(&mut self, time: Timestamp) -> Option<Timestamp> {
        let watermark = time.as_millis().checked_sub(self.bound + 1)?;
        self.resume(Timestamp::from_millis(watermark))
    }

    /// It is at least this, because it was before a restart or because the source says so: gives it where it has moved.
    pub fn resume(&mut self, watermark: Timestamp) -> Option<Timestamp> {
        let has_moved = self.watermark < Some(watermark);
        has_moved.then(|| *self.watermark.insert(watermark))
    }

    /// The watermark; `None` before the first event.
    pub const fn watermark(&self) -> Option<Timestamp> {
        self.watermark
    }
}
