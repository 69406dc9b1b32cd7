//! The memory backend, used so that races show.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::Mutex;
use typed_state::backend::{Backend, Commit, Context, Effect, Entry, Key, Outcome};
use typed_state::backends::Memory;
use typed_state::testing::{Fixture, Harness, MemoryFixture, MemoryHarness, TestResult, Time};
use typed_state::{Error, ErrorKind, Result};
use typed_state_tests::{forward, one_by_one};

/// How it is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Race {
    /// Properly, but some answers get lost, some before the store has applied the request, some after.
    AnswersLost,
    /// Some reads are answered as the read before them.
    ReadsCached,
    /// Conditions are checked, and then the mutations applied without them.
    CheckedBefore,
    /// Each mutation is a commit.
    PieceByPiece,
    /// Some commits are applied and said to have timed out.
    AppliedAndDenied,
    /// Some commits are sent again though the first was applied.
    AppliedTwice,
    /// Some commits without conditions are answered first and applied some time later.
    AcknowledgedEarly,
}

#[derive(Debug)]
pub(crate) struct Racy {
    memory: Arc<Memory>,
    race: Race,
    /// Counts requests, so that every few of them meet the fault.
    requests: AtomicU64,
    cached: Mutex<Option<Answered>>,
}

/// A read and its answer.
type Answered = (Vec<Key>, Vec<Option<Entry>>);

/// Lets the other clients run.
async fn others() {
    for _ in 0..5 {
        tokio::task::yield_now().await;
    }
}

impl Racy {
    fn every(&self, few: u64) -> bool {
        self.requests
            .fetch_add(1, Ordering::Relaxed)
            .is_multiple_of(few)
    }

    async fn checked_before(&self, cx: &Context, commit: Commit) -> Result<Outcome> {
        let mut conditions = Commit::new(commit.revision(), commit.scope());
        for condition in commit.conditions() {
            conditions.require(condition.clone())?;
        }
        let checked = self.memory.commit(cx, conditions).await?;
        if matches!(checked, Outcome::Conflict(_)) {
            return Ok(checked);
        }
        others().await;
        let mut mutations = Commit::new(commit.revision(), commit.scope());
        for mutation in commit.into_mutations() {
            mutations.apply(mutation)?;
        }
        self.memory.commit(cx, mutations).await
    }

    async fn piece_by_piece(&self, cx: &Context, commit: Commit) -> Result<Outcome> {
        let mut conditions = commit.conditions().to_vec();
        if commit.mutations().is_empty() {
            return self.memory.commit(cx, commit).await;
        }
        let (revision, scope) = (commit.revision(), commit.scope());
        let mut effects = Vec::<Effect>::new();
        for mutation in commit.into_mutations() {
            let mut piece = Commit::new(revision, scope);
            for condition in conditions.drain(..) {
                piece.require(condition)?;
            }
            piece.apply(mutation)?;
            match self.memory.commit(cx, piece).await? {
                Outcome::Applied(effect) => effects.extend(effect),
                conflict @ Outcome::Conflict(_) => return Ok(conflict),
            }
            others().await;
        }
        Ok(Outcome::Applied(effects.into_iter().collect()))
    }

    async fn losing_answers(&self, cx: &Context, commit: Commit) -> Result<Outcome> {
        let lost = || Error::new(ErrorKind::OutcomeUnknown, "the answer was lost");
        if self.every(6) {
            // Lost on the way there: it comes later, or never.
            if self.every(2) {
                self.apply_later(commit);
            }
            return Err(lost());
        }
        let outcome = self.memory.commit(cx, commit).await?;
        if self.every(6) {
            Err(lost())
        } else {
            Ok(outcome)
        }
    }

    fn apply_later(&self, commit: Commit) {
        let memory = Arc::clone(&self.memory);
        tokio::spawn(async move {
            others().await;
            memory.commit(&Context::new(), commit).await
        });
    }
}

impl Backend for Racy {
    async fn get(&self, cx: &Context, keys: &[Key]) -> Result<Vec<Option<Entry>>> {
        let fresh = self.memory.get(cx, keys).await?;
        if self.race != Race::ReadsCached {
            return Ok(fresh);
        }
        let mut cached = self.cached.lock().await;
        match &*cached {
            Some((before, entries)) if before == keys => Ok(entries.clone()),
            _ => {
                *cached = Some((keys.to_vec(), fresh.clone()));
                Ok(fresh)
            }
        }
    }

    async fn commit(&self, cx: &Context, commit: Commit) -> Result<Outcome> {
        match self.race {
            Race::AnswersLost => self.losing_answers(cx, commit).await,
            Race::ReadsCached => self.memory.commit(cx, commit).await,
            Race::CheckedBefore => self.checked_before(cx, commit).await,
            Race::PieceByPiece => self.piece_by_piece(cx, commit).await,
            Race::AppliedAndDenied => {
                let outcome = self.memory.commit(cx, commit).await?;
                if self.every(10) {
                    return Err(Error::new(ErrorKind::Timeout, "it took too long"));
                }
                Ok(outcome)
            }
            Race::AppliedTwice => {
                let again = self.every(5).then(|| commit.clone());
                let outcome = self.memory.commit(cx, commit).await?;
                match again {
                    Some(commit) if commit.conditions().is_empty() => {
                        self.memory.commit(cx, commit).await
                    }
                    _ => Ok(outcome),
                }
            }
            Race::AcknowledgedEarly => {
                let puts = commit
                    .mutations()
                    .iter()
                    .all(|mutation| matches!(mutation, typed_state::backend::Mutation::Put { .. }));
                if puts && commit.conditions().is_empty() {
                    let effects = commit.mutations().iter().map(|_| Effect::Put).collect();
                    self.apply_later(commit);
                    return Ok(Outcome::Applied(effects));
                }
                self.memory.commit(cx, commit).await
            }
        }
    }

    async fn commit_many(&self, cx: &Context, commits: Vec<Commit>) -> Vec<Result<Outcome>> {
        one_by_one(self, cx, commits).await
    }

    forward!(memory: capabilities write range scan snapshot health);
}

#[derive(Debug)]
pub(crate) struct RacyHarness(pub(crate) Race);

pub(crate) struct RacyFixture {
    memory: MemoryFixture,
    backend: Arc<Racy>,
}

impl Harness for RacyHarness {
    type Backend = Racy;
    type Fixture = RacyFixture;

    async fn fresh(&self) -> TestResult<RacyFixture> {
        let memory = MemoryHarness.fresh().await?;
        let backend = Arc::new(Racy {
            memory: Arc::clone(memory.backend()),
            race: self.0,
            requests: AtomicU64::new(0),
            cached: Mutex::default(),
        });
        Ok(RacyFixture { memory, backend })
    }
}

impl Fixture for RacyFixture {
    type Backend = Racy;

    fn backend(&self) -> &Arc<Racy> {
        &self.backend
    }

    async fn connect(&self) -> TestResult<Arc<Racy>> {
        Ok(Arc::clone(&self.backend))
    }

    fn time(&self) -> Time {
        self.memory.time()
    }

    async fn elapse(&self, by: Duration) -> TestResult {
        self.memory.elapse(by).await
    }

    async fn sweep(&self) -> TestResult<u64> {
        self.memory.sweep().await
    }

    async fn restart(&mut self) -> TestResult<bool> {
        self.memory.restart().await
    }
}
