use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

#[cfg(feature = "metrics")]
use crate::backend::{Course, Observation};

/// What the locks of a store have done so far in this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct LockStatistics {
    /// Grants.
    pub acquired: u64,
    /// Acquisitions that found the lock held, and waited.
    pub waited: u64,
    /// Grants that were lost before they were released.
    pub lost: u64,
    /// Grants that were dropped and could not be released then: they end with their time to live.
    pub unreleased: u64,
    /// Grants that are held now.
    pub held: i64,
}

impl LockStatistics {
    #[cfg(feature = "metrics")]
    pub(super) fn told(self) -> impl Iterator<Item = Observation> {
        let counts = [
            (
                "state_lock_acquired_total",
                "Locks that were granted.",
                self.acquired,
            ),
            (
                "state_lock_waited_total",
                "Acquisitions of locks that had to wait.",
                self.waited,
            ),
            (
                "state_lock_lost_total",
                "Locks that were lost before they were released.",
                self.lost,
            ),
            (
                "state_lock_unreleased_total",
                "Locks that were dropped where they could not be released.",
                self.unreleased,
            ),
        ];
        let counts = counts
            .map(|(name, help, count)| Observation::new(name, help, Course::Counter).count(count));
        let held = Observation::new("state_lock_held", "Locks that are held.", Course::Gauge);
        let held = held.number(i32::try_from(self.held).unwrap_or(i32::MAX).into());
        counts.into_iter().chain([held])
    }
}

/// The same, counting.
#[derive(Debug, Default)]
pub(crate) struct LockCounts {
    pub(crate) acquired: AtomicU64,
    pub(crate) waited: AtomicU64,
    pub(crate) lost: AtomicU64,
    pub(crate) unreleased: AtomicU64,
    pub(crate) held: AtomicI64,
}

impl LockCounts {
    pub(crate) fn read(&self) -> LockStatistics {
        LockStatistics {
            acquired: self.acquired.load(Ordering::Relaxed),
            waited: self.waited.load(Ordering::Relaxed),
            lost: self.lost.load(Ordering::Relaxed),
            unreleased: self.unreleased.load(Ordering::Relaxed),
            held: self.held.load(Ordering::Relaxed),
        }
    }
}

/// Adds one.
pub(crate) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}
