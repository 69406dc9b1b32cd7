use std::sync::atomic::{AtomicU64, Ordering};

use crate::backend::{Course, Observation};

/// What a tier has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct TierStatistics {
    /// Keys answered with a copy.
    pub hits: u64,
    /// Keys answered with a copy that says that there is no entry.
    pub negative_hits: u64,
    /// Keys that the store was asked for, because the upper store had no copy.
    pub misses: u64,
    /// Keys that the store was asked for, because the upper store could not be asked.
    pub failed: u64,
    /// Writes that the upper store could not be told of before.
    pub untold: u64,
}

#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) hits: AtomicU64,
    pub(super) negative_hits: AtomicU64,
    pub(super) misses: AtomicU64,
    pub(super) failed: AtomicU64,
    pub(super) untold: AtomicU64,
}

pub(super) fn add(count: &AtomicU64, keys: usize) {
    count.fetch_add(keys as u64, Ordering::Relaxed);
}

impl Counts {
    pub(super) fn read(&self) -> TierStatistics {
        let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
        TierStatistics {
            hits: of(&self.hits),
            negative_hits: of(&self.negative_hits),
            misses: of(&self.misses),
            failed: of(&self.failed),
            untold: of(&self.untold),
        }
    }
}

impl TierStatistics {
    pub(super) fn told(self) -> impl Iterator<Item = Observation> {
        let requests = Observation::of_cache([
            ("upper_hit", self.hits),
            ("upper_negative_hit", self.negative_hits),
            ("upper_miss", self.misses),
            ("upper_failed", self.failed),
        ]);
        let untold = Observation::new(
            "state_cache_untold_writes_total",
            "Writes that the upper tier of a cache could not be told of before.",
            Course::Counter,
        );
        let untold = untold.count(self.untold);
        requests.into_iter().chain([untold])
    }
}
