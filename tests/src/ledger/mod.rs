//! Histories that show what a failover loses, and whether it applies anything twice.

mod audit;
mod reader;
mod writer;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tokio::task::JoinHandle;
use typed_state::backend::Backend;
use typed_state::testing::TestResult;
use typed_state::{Counter, StateKey, StateValue, Store};

pub use self::audit::Audit;
use self::writer::{Tally, Writer};

/// A writer that had no success for so long is held up by a failover.
const HELD_UP: Duration = Duration::from_millis(300);
/// How long a writer may be without success at the most.
const PATIENCE: Duration = Duration::from_secs(20);

/// What a writer did last.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, StateKey)]
#[state(namespace = "head", value = Step)]
struct Head {
    #[state(partition)]
    writer: u64,
}

/// All that it did.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, StateKey)]
#[state(namespace = "log", value = Step, ordered)]
struct Log {
    #[state(partition)]
    writer: u64,
    number: u64,
}

/// How many steps it did.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, StateKey)]
#[state(namespace = "steps", value = Counter)]
struct Steps {
    #[state(partition)]
    writer: u64,
}

/// A number that only grows, without any condition.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, StateKey)]
#[state(namespace = "hits", value = Counter)]
struct Hits {
    #[state(partition)]
    writer: u64,
}

/// One attempt to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, StateValue)]
#[state(name = "step")]
struct Step {
    number: u64,
    /// The writer gives none twice.
    id: u64,
    /// The id of the step that this one follows.
    after: u64,
}

/// Writers, each with a partition of its own, and readers of what they write.
#[derive(Debug)]
pub struct Ledger<B> {
    store: Store<B>,
    stop: Arc<AtomicBool>,
    successes: Successes,
    writers: Vec<JoinHandle<Tally>>,
    readers: Vec<JoinHandle<Result<u64, String>>>,
}

/// For each writer, when its transactions were acknowledged.
type Successes = Arc<Mutex<Vec<Vec<Instant>>>>;

impl<B: Backend> Ledger<B> {
    /// Begins to write, with so many writers and half as many readers.
    pub fn start(store: Store<B>, writers: u64) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let successes = Successes::default();
        let write = |name| {
            let (stop, successes) = (Arc::clone(&stop), Arc::clone(&successes));
            tokio::spawn(Writer::new(store.clone(), name).run(stop, successes))
        };
        let read =
            |seed| tokio::spawn(reader::run(store.clone(), writers, seed, Arc::clone(&stop)));
        Self {
            writers: (0..writers).map(write).collect(),
            readers: (0..writers / 2).map(read).collect(),
            store,
            stop,
            successes,
        }
    }

    /// Of the writers that were held up at a moment, how much later each had its next success; `None` while one of
    /// them, or another, has had none since.
    pub fn resumed(&self, since: Instant) -> Option<Vec<Duration>> {
        let successes = lock(&self.successes);
        if successes.len() < self.writers.len() {
            return None;
        }
        let mut resumed = Vec::new();
        for successes in successes.iter() {
            let next = *successes.iter().find(|&&at| at >= since)?;
            let before = successes.iter().rev().find(|&&at| at < since);
            if before.is_none_or(|&at| next - at > HELD_UP) {
                resumed.push(next - since);
            }
        }
        drop(successes);
        resumed.sort();
        Some(resumed)
    }

    /// Waits until every writer has had a success since a moment, and tells what [`resumed`](Self::resumed) does.
    ///
    /// # Errors
    /// Where one has none for 20 s.
    ///
    /// Cancellation: without effect.
    pub async fn after(&self, moment: Instant) -> TestResult<Vec<Duration>> {
        while moment.elapsed() < PATIENCE {
            if let Some(resumed) = self.resumed(moment) {
                return Ok(resumed);
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Err(format!("a writer had no success for {PATIENCE:?}").into())
    }

    /// Ends all writers and readers, and compares what they were told with what is there.
    ///
    /// # Errors
    /// Where the store does not answer, and where a reader had an error that is not to be tried again.
    ///
    /// Cancellation: the writers may go on for a moment.
    pub async fn audit(mut self) -> TestResult<Audit> {
        self.stop.store(true, Ordering::Relaxed);
        let mut audit = Audit::default();
        for reader in self.readers.drain(..) {
            audit.reads += reader.await??;
        }
        for (name, writer) in (0..).zip(self.writers.drain(..)) {
            let tally = writer.await?;
            audit.add(&self.store, name, &tally).await?;
        }
        Ok(audit)
    }
}

impl<B> Drop for Ledger<B> {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

fn lock(successes: &Successes) -> std::sync::MutexGuard<'_, Vec<Vec<Instant>>> {
    successes.lock().unwrap_or_else(PoisonError::into_inner)
}
