use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use typed_state::Store;
use typed_state::backend::Notify;
use typed_state::testing::TestResult;

use super::{Event, Log, Moves, Sections, Way, Worker};

/// Workers that are tasks of this process: what is killed is a task, and a pause is a long sleep without renewal.
#[derive(Debug)]
pub struct Tasks<B> {
    /// Where the value and the lock are.
    pub store: Store<B>,
    /// How they write.
    pub way: Way,
    /// How many sections each does at the least.
    pub sections: usize,
    /// How often each is aborted.
    pub kills: usize,
    /// What the faults are drawn from.
    pub seed: u64,
}

impl<B: Notify> Tasks<B> {
    /// Lets so many of them work, and gives what they told.
    ///
    /// # Errors
    /// As [`Worker::work`].
    ///
    /// Cancellation: the workers may go on.
    pub async fn run(&self, workers: u64) -> TestResult<Log> {
        let mut members = Vec::new();
        for worker in 0..workers {
            let random = StdRng::seed_from_u64(self.seed << 8 | worker);
            members.push(self.member(random));
        }
        let mut log = Log::default();
        for told in futures_util::future::try_join_all(members).await? {
            log.merge(told);
        }
        Ok(log)
    }

    /// One worker after the other, until they have done enough together.
    async fn member(&self, mut random: StdRng) -> TestResult<Log> {
        let log = Arc::new(Mutex::new((Log::default(), 0)));
        let mut kills = 0;
        loop {
            let stop = Arc::new(AtomicBool::new(false));
            let worker = Worker {
                store: self.store.clone(),
                key: Sections(0),
                way: self.way,
                moves: Moves::Sleepy,
                seed: random.random(),
            };
            let (stops, tells) = (Arc::clone(&stop), Arc::clone(&log));
            let enough = self.sections;
            let mut task = tokio::spawn(async move {
                let note = |event| {
                    let mut told = tells.lock().unwrap_or_else(PoisonError::into_inner);
                    told.0.note(event);
                    told.1 += usize::from(matches!(event, Event::Done(_)));
                    if told.1 >= enough {
                        stops.store(true, Ordering::Relaxed);
                    }
                };
                worker.work(&stops, note).await
            });
            let life = if kills < self.kills {
                Duration::from_millis(random.random_range(5..400))
            } else {
                Duration::MAX
            };
            if let Ok(ended) = tokio::time::timeout(life, &mut task).await {
                ended??;
                break;
            }
            kills += 1;
            task.abort();
            // It tells nothing after this.
            let _aborted = task.await;
        }
        let mut told = log.lock().unwrap_or_else(PoisonError::into_inner);
        let mut log = std::mem::take(&mut told.0);
        log.kills = kills;
        Ok(log)
    }
}
