use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use quanta::Clock;

use super::compressed::Compressed;
use super::slot::{Slot, Slots};
use super::statistics::Statistics;
use crate::error::ErrorKind;
use crate::layer::traffic::{Ending, Yield};

/// All that is counted of one backend.
pub(crate) struct Record {
    pub(super) slots: Slots,
    pub(super) hits: AtomicU64,
    pub(super) misses: AtomicU64,
    pub(super) bytes_read: AtomicU64,
    pub(super) bytes_written: AtomicU64,
    pub(super) compressed: Arc<Compressed>,
    errors: Mutex<Vec<(ErrorKind, u64)>>,
    /// The processor's own counter where that is steady, else the system's clock, which takes twice as long to read.
    clock: Clock,
}

impl Record {
    pub(super) fn new(compressed: Arc<Compressed>) -> Self {
        Self {
            slots: Slots::new(),
            hits: AtomicU64::new(0),
            misses: AtomicU64::new(0),
            bytes_read: AtomicU64::new(0),
            bytes_written: AtomicU64::new(0),
            compressed,
            errors: Mutex::default(),
            clock: Clock::new(),
        }
    }

    /// Where the store above counts what it compresses.
    #[cfg(feature = "any")]
    pub(crate) fn compressed(&self) -> Arc<Compressed> {
        Arc::clone(&self.compressed)
    }

    /// The numbers since the start.
    pub(crate) fn statistics(&self) -> Statistics {
        Statistics::of(self)
    }

    /// An operation begins.
    #[inline]
    pub(super) fn begin(&self, operation: &'static str) -> Running<'_> {
        Running {
            record: self,
            slot: self.slots.of(operation),
            begun: self.clock.raw(),
            left: 1,
        }
    }

    /// How many operations failed, by the kind of the error.
    pub(super) fn errors(&self) -> Vec<(ErrorKind, u64)> {
        self.errors
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn count_error(&self, kind: ErrorKind) {
        let mut errors = self.errors.lock().unwrap_or_else(PoisonError::into_inner);
        match errors.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, count)) => *count += 1,
            None => errors.push((kind, 1)),
        }
    }
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record").finish_non_exhaustive()
    }
}

/// An operation that has begun. Dropped before its end it counts as cancelled.
pub(super) struct Running<'r> {
    record: &'r Record,
    slot: &'r Slot,
    /// By the record's clock.
    begun: u64,
    /// How many operations it is that have not ended.
    left: u64,
}

impl<'r> Running<'r> {
    /// It is so many, which come together.
    pub(super) const fn times(mut self, times: u64) -> Self {
        self.left = times;
        self
    }

    /// The answer has come. Of several it is one for each.
    #[inline]
    pub(super) fn end(mut self, endings: impl IntoIterator<Item = Ending>) -> &'r Record {
        let times = std::mem::take(&mut self.left);
        self.took(times);
        for ending in endings {
            match ending {
                Ending::Ok => {}
                Ending::Conflict => add(&self.slot.conflicts, 1),
                Ending::Failed(kind) => self.fail(kind),
            }
        }
        self.record
    }
}

impl Drop for Running<'_> {
    #[inline]
    fn drop(&mut self) {
        if self.left > 0 {
            self.cancel();
        }
    }
}

impl Running<'_> {
    /// Counts how long it took until now.
    #[inline]
    fn took(&self, times: u64) {
        let clock = &self.record.clock;
        let nanos = clock.delta_as_nanos(self.begun, clock.raw());
        self.slot.durations.record(nanos, times);
    }

    #[cold]
    fn fail(&self, kind: ErrorKind) {
        add(&self.slot.errors, 1);
        self.record.count_error(kind);
    }

    #[cold]
    fn cancel(&self) {
        self.took(self.left);
        self.slot.cancelled.fetch_add(self.left, Ordering::Relaxed);
    }
}

impl Record {
    /// What an answer brought.
    #[inline]
    pub(super) fn read(&self, seen: Yield) {
        add(&self.hits, seen.hits);
        add(&self.misses, seen.misses);
        add(&self.bytes_read, seen.bytes);
    }

    /// What was written, where it was.
    #[inline]
    pub(super) fn wrote(&self, bytes: usize) {
        add(&self.bytes_written, bytes);
    }
}

#[inline]
fn add(count: &AtomicU64, more: usize) {
    if more > 0 {
        count.fetch_add(more as u64, Ordering::Relaxed);
    }
}
