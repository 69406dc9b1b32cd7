use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use typed_state::backend::Backend;
use typed_state::{Error, ErrorKind, Revision, Store};

use super::{Head, Hits, Log, Step, Steps, Successes, lock};

/// Between two steps, so that what is written stays small.
const PAUSE: Duration = Duration::from_millis(2);

/// What a writer sent and was told.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) attempted: HashSet<Step>,
    pub(super) acknowledged: Vec<Step>,
    pub(super) hits: u64,
    /// Of steps and of hits.
    pub(super) unknown: (u64, u64),
    pub(super) refused: u64,
    pub(super) conflicts: u64,
    /// Errors that nobody expects.
    pub(super) unexpected: Vec<String>,
}

pub(super) struct Writer<B> {
    store: Store<B>,
    name: u64,
    ids: u64,
    head: Option<(Step, Revision)>,
    tally: Tally,
}

impl<B: Backend> Writer<B> {
    pub(super) fn new(store: Store<B>, name: u64) -> Self {
        Self {
            store,
            name,
            ids: 0,
            head: None,
            tally: Tally::default(),
        }
    }

    pub(super) async fn run(mut self, stop: Arc<AtomicBool>, successes: Successes) -> Tally {
        let place = usize::try_from(self.name).unwrap_or(usize::MAX);
        while !stop.load(Ordering::Relaxed) {
            match self.step().await {
                Ok(()) => note(&successes, place),
                Err(error) => match error.kind() {
                    ErrorKind::OutcomeUnknown => {
                        self.tally.unknown.0 += 1;
                        self.look(&stop).await;
                    }
                    ErrorKind::Conflict => {
                        self.tally.conflicts += 1;
                        self.look(&stop).await;
                    }
                    _ => self.refused(&error),
                },
            }
            self.hit().await;
            tokio::time::sleep(PAUSE).await;
        }
        self.tally
    }

    /// One step further, in one transaction.
    async fn step(&mut self) -> Result<(), Error> {
        let writer = self.name;
        let (number, after) = self
            .head
            .map_or((1, 0), |(head, _)| (head.number + 1, head.id));
        self.ids += 1;
        let id = self.ids;
        let step = Step { number, id, after };
        let (head, log) = (Head { writer }, Log { writer, number });
        let mut transaction = self.store.transaction();
        match self.head {
            Some((_, revision)) => transaction.require_revision(&head, revision)?,
            None => transaction.require_absent(&head)?,
        };
        transaction
            .require_absent(&log)?
            .put(&head, &step)?
            .put(&log, &step)?
            .add(&Steps { writer }, 1)?;
        self.tally.attempted.insert(step);
        let committed = transaction.commit().await?;
        self.head = Some((step, committed.revision));
        self.tally.acknowledged.push(step);
        Ok(())
    }

    async fn hit(&mut self) {
        let writer = self.name;
        let hits = match self.store.counter(&Hits { writer }) {
            Ok(hits) => hits.add(1).await,
            Err(error) => Err(error),
        };
        match hits {
            Ok(_) => self.tally.hits += 1,
            Err(error) if error.kind() == ErrorKind::OutcomeUnknown => self.tally.unknown.1 += 1,
            Err(error) => self.refused(&error),
        }
    }

    /// Where the writer stands now.
    async fn look(&mut self, stop: &AtomicBool) {
        let head = Head { writer: self.name };
        while !stop.load(Ordering::Relaxed) {
            match self.store.get_versioned(&head).await {
                Ok(found) => {
                    self.head = found.map(|found| (found.value, found.revision));
                    return;
                }
                Err(error) => self.refused(&error),
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    fn refused(&mut self, error: &Error) {
        self.tally.refused += 1;
        if !error.is_retryable() {
            self.tally.unexpected.push(error.to_string());
        }
    }
}

fn note(successes: &Successes, place: usize) {
    let mut successes = lock(successes);
    if successes.len() <= place {
        successes.resize_with(place + 1, Vec::new);
    }
    if let Some(successes) = successes.get_mut(place) {
        successes.push(Instant::now());
    }
}
