use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::BoundedOutOfOrderness;
use crate::clock::{Clock, SystemClock, Timestamp};
use crate::error::Result;
use crate::window::span::millis;

/// The watermark of several sources that are read together: the lowest of theirs.
///
/// A source is whatever has a watermark of its own and a name or number `S`: the partitions of a log, the files of a directory.
/// A source that is silent holds all others up, unless it is left out: by [`leave_out`](Self::leave_out), or when it
/// has been silent for [`idle_after`](Self::idle_after). It is back with its next event. The watermark never goes back: what a source
/// brings that was left out, or is new, may be late. While all are left out, it stands.
#[derive(Debug, Clone)]
pub struct Sources<S> {
    bound: BoundedOutOfOrderness,
    idle_after: Option<i64>,
    clock: Arc<dyn Clock>,
    each: BTreeMap<S, Source>,
    watermark: Option<Timestamp>,
}

#[derive(Debug, Clone)]
struct Source {
    own: BoundedOutOfOrderness,
    /// When it was last heard of, by the clock.
    heard: i64,
    is_left_out: bool,
}

impl<S: Ord + Clone> Sources<S> {
    /// None yet. The events of each come at most so much out of order: [`BoundedOutOfOrderness`].
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration) where the bound is no whole number of milliseconds.
    pub fn of(bound: Duration) -> Result<Self> {
        Ok(Self {
            bound: BoundedOutOfOrderness::of(bound)?,
            idle_after: None,
            clock: Arc::new(SystemClock),
            each: BTreeMap::new(),
            watermark: None,
        })
    }

    /// Leaves out a source that has been silent for so long, by the clock. Default: never.
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration) where it is no whole number of milliseconds, 1 at the least.
    pub fn idle_after(mut self, silence: Duration) -> Result<Self> {
        self.idle_after = Some(millis("idle_after", silence, 1)?);
        Ok(self)
    }

    /// What tells how long a source has been silent. Default: the clock of this machine.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Expects events of a source: there is no watermark beyond its own from now on. A source of which nothing was said is expected from
    /// its first event on; one that was expected stays as it is.
    pub fn expect(&mut self, source: S) {
        let now = self.clock.now().as_millis();
        self.each.entry(source).or_insert(Source {
            own: self.bound,
            heard: now,
            is_left_out: false,
        });
    }

    /// An event of a source has come: gives the watermark of all where it has moved.
    pub fn observe(&mut self, source: &S, time: Timestamp) -> Option<Timestamp> {
        self.heard(source, |own| own.observe(time))
    }

    /// A source says itself that it has come so far: gives the watermark of all where it has moved.
    pub fn advance(&mut self, source: &S, watermark: Timestamp) -> Option<Timestamp> {
        self.heard(source, |own| own.resume(watermark))
    }

    /// A source is silent, and the others go on without it until its next event: gives the watermark of all where it has moved.
    pub fn leave_out(&mut self, source: &S) -> Option<Timestamp> {
        self.each.get_mut(source)?.is_left_out = true;
        self.tick()
    }

    /// A source has ended, or is read by somebody else: gives the watermark of all where it has moved.
    pub fn remove(&mut self, source: &S) -> Option<Timestamp> {
        self.each.remove(source)?;
        self.tick()
    }

    /// Looks at the clock, and leaves out who has been silent for too long: gives the watermark of all where it has moved.
    pub fn tick(&mut self) -> Option<Timestamp> {
        let now = self.clock.now().as_millis();
        if let Some(limit) = self.idle_after {
            for source in self.each.values_mut() {
                source.is_left_out |= now.saturating_sub(source.heard) >= limit;
            }
        }
        let active = self.each.values().filter(|source| !source.is_left_out);
        // `None`, of which nothing is known, is the lowest.
        let lowest = active.map(|source| source.own.watermark()).min()??;
        self.resume(lowest)
    }

    /// It is at least this, because it was before a restart: gives it where it has moved.
    pub fn resume(&mut self, watermark: Timestamp) -> Option<Timestamp> {
        let has_moved = self.watermark < Some(watermark);
        has_moved.then(|| *self.watermark.insert(watermark))
    }

    /// The watermark of all; `None` before there is one.
    pub const fn watermark(&self) -> Option<Timestamp> {
        self.watermark
    }

    fn heard(
        &mut self,
        source: &S,
        change: impl FnOnce(&mut BoundedOutOfOrderness) -> Option<Timestamp>,
    ) -> Option<Timestamp> {
        if !self.each.contains_key(source) {
            self.expect(source.clone());
        }
        let now = self.clock.now().as_millis();
        let known = self.each.get_mut(source)?;
        known.heard = now;
        known.is_left_out = false;
        change(&mut known.own);
        self.tick()
    }
}
