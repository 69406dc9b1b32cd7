use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Each power of two is parted in so many, as a power of two: no value is off by more than a sixteenth.
const PARTS: u32 = 4;
/// What is longer, some 18 minutes, is counted as so long, as a power of two of nanoseconds.
const LONGEST: u32 = 40;
const BUCKETS: usize = ((LONGEST - PARTS + 1) as usize) << PARTS;

/// How long things took: counted in buckets whose width grows with their value, as in an HDR histogram.
///
/// A bucket holds what is more than the bound of the one before, up to its own bound; every power of two of nanoseconds is
/// such a bound.
pub(super) struct Histogram {
    counts: Box<[AtomicU64]>,
    nanos: AtomicU64,
    longest: AtomicU64,
}

impl Histogram {
    pub(super) fn new() -> Self {
        Self {
            counts: (0..BUCKETS).map(|_| AtomicU64::new(0)).collect(),
            nanos: AtomicU64::new(0),
            longest: AtomicU64::new(0),
        }
    }

    /// Counts `times` that took so many nanoseconds, each.
    #[inline]
    pub(super) fn record(&self, nanos: u64, times: u64) {
        let nanos = nanos.min(1 << LONGEST);
        if let Some(count) = self.counts.get(bucket_of(nanos)) {
            count.fetch_add(times, Ordering::Relaxed);
        }
        self.nanos.fetch_add(nanos * times, Ordering::Relaxed);
        if nanos > self.longest.load(Ordering::Relaxed) {
            self.longest.fetch_max(nanos, Ordering::Relaxed);
        }
    }

    pub(super) fn read(&self) -> Durations {
        Durations {
            counts: self
                .counts
                .iter()
                .map(|count| count.load(Ordering::Relaxed))
                .collect(),
            nanos: self.nanos.load(Ordering::Relaxed),
            longest: self.longest.load(Ordering::Relaxed),
        }
    }
}

/// What a histogram held at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Durations {
    counts: Vec<u64>,
    nanos: u64,
    longest: u64,
}

impl Durations {
    pub(super) fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// All of them together.
    pub(super) const fn sum(&self) -> Duration {
        Duration::from_nanos(self.nanos)
    }

    pub(super) const fn longest(&self) -> Duration {
        Duration::from_nanos(self.longest)
    }

    /// How many took at most 2 to the power of `power` nanoseconds.
    pub(super) fn within(&self, power: u32) -> u64 {
        let last = bucket_of(1 << power);
        self.counts.iter().take(last + 1).sum()
    }

    /// What `part` of a thousand took at most; zero where there are none.
    pub(super) fn permille(&self, part: u64) -> Duration {
        let rank = (self.count() * part).div_ceil(1_000).max(1);
        let mut seen = 0;
        let found = self.counts.iter().position(|count| {
            seen += count;
            seen >= rank
        });
        let bound = found.map_or(0, bound_of);
        Duration::from_nanos(bound.min(self.longest))
    }

    /// Adds those of another.
    pub(super) fn add(&mut self, other: &Self) {
        self.counts.resize(BUCKETS, 0);
        for (count, more) in self.counts.iter_mut().zip(&other.counts) {
            *count += more;
        }
        self.nanos += other.nanos;
        self.longest = self.longest.max(other.longest);
    }
}

/// The bucket of a value, the first whose bound is not less.
#[inline]
fn bucket_of(nanos: u64) -> usize {
    let below = nanos.saturating_sub(1);
    let high = below.checked_ilog2();
    let bucket = match high {
        Some(high) if high > PARTS => {
            let shift = high - PARTS;
            (u64::from(shift) << PARTS) + (below >> shift)
        }
        _ => below,
    };
    usize::try_from(bucket).unwrap_or(BUCKETS)
}

/// The most that a bucket holds.
const fn bound_of(bucket: usize) -> u64 {
    let bucket = bucket as u64;
    let part = 1 << PARTS;
    if bucket < 2 * part {
        return bucket + 1;
    }
    let shift = (bucket >> PARTS) - 1;
    let head = part + (bucket & (part - 1));
    (head + 1) << shift
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn buckets_follow_each_other() {
        let mut before = 0;
        for bucket in 0..BUCKETS {
            let bound = bound_of(bucket);
            assert!(bound > before, "{bucket}");
            assert_eq!(bucket_of(bound), bucket, "the bound {bound}");
            assert_eq!(bucket_of(before + 1), bucket, "past the bound {before}");
            before = bound;
        }
        assert_eq!(before, 1 << LONGEST);
    }

    proptest! {
        #[test]
        fn a_bound_is_off_by_a_sixteenth_at_the_most(nanos in 1_u64..1 << LONGEST) {
            let bound = bound_of(bucket_of(nanos));
            prop_assert!(bound >= nanos && bound - nanos <= nanos / 16);
        }
    }

    #[test]
    fn quantiles_and_bounds_are_as_recorded() {
        let histogram = Histogram::new();
        for millis in 1..=100 {
            histogram.record(millis * 1_000_000, 1);
        }
        histogram.record(1_024, 2);
        let read = histogram.read();
        assert_eq!(read.count(), 102);
        assert_eq!(read.longest(), Duration::from_millis(100));
        assert_eq!(read.sum(), Duration::from_nanos(5_050 * 1_000_000 + 2_048));
        assert_eq!((read.within(9), read.within(10)), (0, 2));
        // 2^20 ns are 1.05 ms.
        assert_eq!(read.within(20), 3);
        assert_eq!(read.permille(1_000), Duration::from_millis(100));
        assert_eq!(read.permille(0), Duration::from_nanos(1_024));
        let half = read.permille(500);
        assert!(
            half >= Duration::from_millis(49) && half < Duration::from_millis(53),
            "{half:?}"
        );
        assert_eq!(Durations::default().permille(500), Duration::ZERO);
        histogram.record(u64::MAX, 1);
        assert_eq!(
            histogram.read().longest(),
            Duration::from_nanos(1 << LONGEST)
        );
    }
}
