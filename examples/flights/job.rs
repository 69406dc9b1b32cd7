//! The job: it counts departures, and commits what they change together with how far it has come.

use std::collections::BTreeMap;

use typed_state::backend::Backend;
use typed_state::{Result, Store};

use super::input::Batch;
use super::source::Source;
use super::window::{Progress, ProgressOf, Totals, Window};

/// The partition that all state of the job lies in.
const JOB: &str = "hourly";

/// The state of the job.
#[derive(Debug, Clone)]
pub(crate) struct Job<B> {
    store: Store<B>,
    progress: ProgressOf,
}

impl<B: Backend> Job<B> {
    pub(crate) fn new(store: Store<B>) -> Self {
        let progress = ProgressOf {
            job: JOB.to_owned(),
        };
        Self { store, progress }
    }

    /// How far the input has been counted.
    pub(crate) async fn progress(&self) -> Result<Progress> {
        Ok(self.store.get(&self.progress).await?.unwrap_or_default())
    }

    /// Counts a batch, wholly or, after an error or a crash, not at all.
    pub(crate) async fn count(&self, batch: &Batch) -> Result<Progress> {
        let mut transaction = self.store.transaction();
        let mut progress = transaction.get(&self.progress).await?.unwrap_or_default();

        let mut changes = BTreeMap::<Window, Totals>::new();
        for departure in &batch.departures {
            if let Some(start) = progress.admit(departure) {
                let window = Window {
                    job: JOB.to_owned(),
                    start,
                    origin: departure.origin.clone(),
                };
                changes.entry(window).or_default().add(departure);
            }
        }
        progress.checksum = batch.checksum;
        progress.finished = None;

        let stored = transaction.get_many(changes.keys()).await?;
        for ((window, mut totals), stored) in changes.into_iter().zip(stored) {
            totals.merge(&stored.unwrap_or_default());
            transaction.put(&window, &totals)?;
        }
        transaction.put(&self.progress, &progress)?;
        transaction.commit().await?;
        Ok(progress)
    }

    /// Notes that `source` has been counted to its end.
    pub(crate) async fn finish(&self, source: Option<Source>) -> Result<()> {
        let finish = |progress: Option<Progress>| {
            Some(Progress {
                finished: source.clone(),
                ..progress.unwrap_or_default()
            })
        };
        self.store.update(&self.progress, finish).await?;
        Ok(())
    }

    /// All windows, by start, then by airport.
    pub(crate) async fn windows(&self) -> Result<Vec<(Window, Totals)>> {
        self.store.range(Window::prefix().job(JOB)).collect().await
    }
}
