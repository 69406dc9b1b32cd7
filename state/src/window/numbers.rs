use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

#[cfg(feature = "metrics")]
use crate::backend::{Course, Observation};

/// What this process knows of windows without asking, for metrics.
#[derive(Debug)]
pub(super) struct Numbers {
    /// Inputs that were late in its commits.
    late: AtomicU64,
    shards: Box<[OfShard]>,
}

/// Of a shard that this process has changed last.
#[derive(Debug)]
struct OfShard {
    kept: AtomicU64,
    /// [`i64::MIN`] where there is none.
    watermark: AtomicI64,
}

impl Numbers {
    pub(super) fn of(shards: u32) -> Self {
        let shards = (0..shards).map(|_| OfShard {
            kept: AtomicU64::new(0),
            watermark: AtomicI64::new(i64::MIN),
        });
        Self {
            late: AtomicU64::new(0),
            shards: shards.collect(),
        }
    }

    /// A commit of a shard has been applied.
    pub(super) fn note(&self, shard: u32, late: u64, kept: u64, watermark: i64) {
        self.late.fetch_add(late, Ordering::Relaxed);
        self.set(shard, kept, watermark);
    }

    /// The shard is somebody else's now.
    pub(super) fn forget(&self, shard: u32) {
        self.set(shard, 0, i64::MIN);
    }

    fn set(&self, shard: u32, kept: u64, watermark: i64) {
        let place = usize::try_from(shard).unwrap_or(usize::MAX);
        if let Some(of_shard) = self.shards.get(place) {
            of_shard.kept.store(kept, Ordering::Relaxed);
            of_shard.watermark.store(watermark, Ordering::Relaxed);
        }
    }

    /// What metrics show at `now`, in milliseconds.
    #[cfg(feature = "metrics")]
    pub(super) fn told(&self, windows: &str, now: i64) -> Vec<Observation> {
        let kept = self.shards.iter();
        let kept = kept.map(|shard| shard.kept.load(Ordering::Relaxed)).sum();
        let watermarks = self.shards.iter();
        let watermarks = watermarks.map(|shard| shard.watermark.load(Ordering::Relaxed));
        let watermark = watermarks.filter(|watermark| *watermark != i64::MIN).min();
        let lag = Observation::new(
            "state_window_watermark_lag_seconds",
            "How far the watermark of windows is behind the clock, in the shard that is farthest.",
            Course::Gauge,
        );
        let lag = match watermark {
            #[allow(
                clippy::cast_precision_loss,
                reason = "what Prometheus holds is a double, exact to 2^53"
            )]
            Some(watermark) => lag.number(now.saturating_sub(watermark) as f64 / 1_000.0),
            None => lag,
        };
        let late = Observation::new(
            "state_window_late_total",
            "Inputs that came when all their windows were over.",
            Course::Counter,
        );
        let open = Observation::new(
            "state_window_open",
            "Windows that are kept, in the shards that this process changes.",
            Course::Gauge,
        );
        [
            late.count(self.late.load(Ordering::Relaxed)),
            open.count(kept),
            lag,
        ]
        .into_iter()
        .map(|observation| observation.label("windows", windows.to_owned()))
        .collect()
    }
}
