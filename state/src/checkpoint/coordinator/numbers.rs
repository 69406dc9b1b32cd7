use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

#[cfg(feature = "metrics")]
use crate::backend::{Course, Distribution, Observation, Reading};
use crate::checkpoint::id::CheckpointId;
use crate::checkpoint::manifest::Manifest;
use crate::clock::Timestamp;
use crate::error::Error;

/// Seconds that a checkpoint may have taken, as metrics tell them apart.
#[cfg(feature = "metrics")]
const BOUNDS: [f64; 9] = [0.1, 0.5, 1.0, 5.0, 10.0, 30.0, 60.0, 300.0, 1_800.0];

/// What a [`Coordinator`](super::Coordinator) has done since it was started.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct CoordinatorStatistics {
    /// Whether it is the one that takes checkpoints.
    pub leads: bool,
    /// How many it took.
    pub taken: u64,
    /// How often it took none because something failed.
    pub failed: u64,
    /// The last one that it took.
    pub last: Option<LastCheckpoint>,
    /// What failed last: a checkpoint, the deletion of older ones, or the lock. It stays until the next checkpoint.
    pub last_error: Option<String>,
}

/// The last checkpoint that a coordinator took.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LastCheckpoint {
    /// What it is called.
    pub id: CheckpointId,
    /// When the store was read, by its clock.
    pub taken_at: Timestamp,
    /// How long that took.
    pub duration: Duration,
    /// How many entries are in it.
    pub entries: u64,
    /// How many bytes their keys and values have.
    pub bytes: u64,
}

#[derive(Debug)]
pub(super) struct Numbers {
    pub(super) backend: &'static str,
    told: Mutex<CoordinatorStatistics>,
    #[cfg(feature = "metrics")]
    durations: Mutex<Distribution>,
}

/// While it lives, the coordinator is the one that takes checkpoints.
pub(super) struct Leads(Arc<Numbers>);

impl Drop for Leads {
    fn drop(&mut self) {
        self.0.told().leads = false;
    }
}

impl Numbers {
    pub(super) fn of(backend: &'static str) -> Self {
        Self {
            backend,
            told: Mutex::default(),
            #[cfg(feature = "metrics")]
            durations: Mutex::new(Distribution {
                within: BOUNDS.iter().map(|bound| (*bound, 0)).collect(),
                ..Distribution::default()
            }),
        }
    }

    pub(super) fn read(&self) -> CoordinatorStatistics {
        self.told().clone()
    }

    pub(super) fn lead(self: &Arc<Self>) -> Leads {
        self.told().leads = true;
        Leads(Arc::clone(self))
    }

    pub(super) fn taken(&self, manifest: &Manifest, duration: Duration) {
        self.lasted(duration);
        let mut told = self.told();
        told.taken += 1;
        told.last_error = None;
        told.last = Some(LastCheckpoint {
            id: manifest.id.clone(),
            taken_at: Timestamp::from_millis(manifest.taken_at),
            duration,
            entries: manifest.entries,
            bytes: manifest.bytes,
        });
    }

    pub(super) fn failed(&self, error: &Error) {
        let mut told = self.told();
        told.failed += 1;
        told.last_error = Some(error.to_string());
    }

    /// A checkpoint was taken, and something else failed.
    pub(super) fn untidy(&self, error: &Error) {
        self.told().last_error = Some(error.to_string());
    }

    fn told(&self) -> MutexGuard<'_, CoordinatorStatistics> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(not(feature = "metrics"))]
    #[allow(clippy::unused_self, reason = "metrics alone keep it")]
    fn lasted(&self, _: Duration) {}

    #[cfg(feature = "metrics")]
    fn lasted(&self, duration: Duration) {
        let seconds = duration.as_secs_f64();
        let mut durations = self
            .durations
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        durations.count += 1;
        durations.sum += seconds;
        for (bound, count) in &mut durations.within {
            *count += u64::from(seconds <= *bound);
        }
    }

    /// What metrics show.
    #[cfg(feature = "metrics")]
    pub(super) fn observed(&self) -> Vec<Observation> {
        const TOTAL: &str = "state_checkpoint_total";
        const TOTAL_HELP: &str = "Checkpoints in the background, by whether they were taken.";
        let told = self.read();
        let durations = self
            .durations
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let mut duration = Observation::new(
            "state_checkpoint_duration_seconds",
            "How long checkpoints took that were taken.",
            Course::Histogram,
        );
        duration.value = Reading::Distribution(durations.clone());
        drop(durations);
        let gauge = |name, help| Observation::new(name, help, Course::Gauge);
        let entries = gauge(
            "state_checkpoint_entries",
            "Entries in the last checkpoint.",
        );
        let bytes = gauge(
            "state_checkpoint_bytes",
            "Bytes of keys and values in the last checkpoint.",
        );
        let success = gauge(
            "state_checkpoint_last_success_timestamp_seconds",
            "When the store was read for the last checkpoint, by its clock.",
        );
        let [entries, bytes, success] = match &told.last {
            None => [entries, bytes, success],
            Some(last) => [
                entries.count(last.entries),
                bytes.count(last.bytes),
                success.number(seconds(last.taken_at)),
            ],
        };
        let leader = gauge(
            "state_checkpoint_leader",
            "1 where this process is the one that takes checkpoints.",
        );
        vec![
            Observation::counter(TOTAL, TOTAL_HELP, ("result", "taken"), told.taken),
            Observation::counter(TOTAL, TOTAL_HELP, ("result", "failed"), told.failed),
            duration,
            entries,
            bytes,
            success,
            leader.count(u64::from(told.leads)),
        ]
    }
}

#[cfg(feature = "metrics")]
#[allow(
    clippy::cast_precision_loss,
    reason = "what Prometheus holds is a double, exact to 2^53"
)]
fn seconds(moment: Timestamp) -> f64 {
    moment.as_millis() as f64 / 1_000.0
}
