use std::sync::atomic::{AtomicU64, Ordering};

use super::slot::read;
use crate::backend::Distribution;

/// The bounds of ratios are tenths, from one to ten.
const TENTHS: usize = 10;

/// What compression has done to the values that a store encoded.
#[derive(Debug, Default)]
pub(crate) struct Compressed {
    pub(super) bytes_before: AtomicU64,
    pub(super) bytes_after: AtomicU64,
    /// How many had a ratio of so many tenths, rounded up.
    tenths: [AtomicU64; TENTHS],
    /// All ratios together, in millionths.
    sum: AtomicU64,
}

impl Compressed {
    /// A value had so many bytes before it was to be compressed, and has so many.
    pub(crate) fn count(&self, before: usize, after: usize) {
        let (before, after) = (before as u64, after as u64);
        self.bytes_before.fetch_add(before, Ordering::Relaxed);
        self.bytes_after.fetch_add(after, Ordering::Relaxed);
        let millionths = after.saturating_mul(1_000_000) / before.max(1);
        self.sum.fetch_add(millionths, Ordering::Relaxed);
        let tenth = usize::try_from(millionths.div_ceil(100_000)).unwrap_or(TENTHS);
        if let Some(count) = self.tenths.get(tenth.clamp(1, TENTHS) - 1) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(super) fn ratios(&self) -> Distribution {
        let mut count = 0;
        let within = (1_u32..).zip(&self.tenths).map(|(tenth, here)| {
            count += read(here);
            (f64::from(tenth) / 10.0, count)
        });
        let within = within.collect();
        Distribution {
            count,
            #[allow(
                clippy::cast_precision_loss,
                reason = "what Prometheus holds is a double"
            )]
            sum: read(&self.sum) as f64 / 1e6,
            within,
        }
    }
}
