use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::call::{Answer, Call, Change, Effect, KEYS, KeyIndex, Require};
use super::contract::{answer_of, cell_of, commit_of, key_of, write_of};
use super::history::Operation;
use crate::Entropy as _;
use crate::backend::{Backend, Context, Key, Revision, WriteBatch};
use crate::clock::SeededEntropy;
use crate::error::{Error, ErrorKind, Result};

/// What all clients of a history share.
#[derive(Debug, Default)]
pub(super) struct Moments(AtomicU64);

impl Moments {
    /// A moment, later than all before.
    fn next(&self) -> u64 {
        self.0.fetch_add(1, Ordering::SeqCst)
    }
}

/// One client: random operations, one after the other.
pub(super) struct Client<B> {
    number: usize,
    backend: Arc<B>,
    moments: Arc<Moments>,
    entropy: SeededEntropy,
    /// The revision that it last saw under each key.
    known: [u64; KEYS],
    writes: u64,
    operations: Vec<Operation>,
}

/// What a request came to.
enum Told {
    /// Answers to its calls.
    Answers(Vec<Option<Answer>>),
    /// It was applied, or was not, or will be.
    Lost,
    /// Nothing was applied.
    Refused,
}

impl<B: Backend> Client<B> {
    pub(super) fn new(number: usize, seed: u64, backend: Arc<B>, moments: Arc<Moments>) -> Self {
        // Far apart, so that no two clients of any seeds draw alike.
        let entropy = SeededEntropy::new(seed.wrapping_mul(0x1_0001).wrapping_add(number as u64));
        let entropy = SeededEntropy::new(entropy.next_u64());
        Self {
            number,
            backend,
            moments,
            entropy,
            known: [0; KEYS],
            writes: 0,
            operations: Vec::new(),
        }
    }

    /// Runs so many requests and gives what it saw.
    ///
    /// # Errors
    /// Where the backend answers what it must not: the history is worth nothing then.
    pub(super) async fn run(mut self, requests: usize) -> Result<Vec<Operation>, Error> {
        for _ in 0..requests {
            self.request().await?;
            tokio::task::yield_now().await;
        }
        Ok(self.operations)
    }

    /// A random number below `limit`.
    fn below(&self, limit: usize) -> usize {
        usize::try_from(self.entropy.next_u64() % limit as u64).unwrap_or_default()
    }

    fn any_key(&self) -> KeyIndex {
        self.below(KEYS)
    }

    async fn request(&mut self) -> Result<()> {
        match self.below(10) {
            0..=2 => self.read().await,
            3 => self.write().await,
            _ => self.commit().await,
        }
    }

    fn note(&mut self, calls: Vec<Call>, asked: u64, told: Told) {
        let now = self.moments.next();
        let (answers, answered) = match told {
            Told::Answers(answers) => (answers, Some(now)),
            Told::Lost => (vec![None; calls.len()], None),
            Told::Refused => return,
        };
        for (call, answer) in calls.into_iter().zip(answers) {
            // A read whose answer was lost did nothing.
            if answered.is_some() || call.writes() {
                self.operations.push(Operation {
                    client: self.number,
                    call,
                    answer,
                    asked,
                    answered,
                });
            }
        }
    }

    /// Reads some keys at once: each atomically, not both.
    async fn read(&mut self) -> Result<()> {
        let indices: Vec<KeyIndex> = (0..=self.below(2)).map(|_| self.any_key()).collect();
        let keys = indices
            .iter()
            .map(|&index| key_of(index))
            .collect::<Result<Vec<Key>>>()?;
        let asked = self.moments.next();
        let told = match self.backend.get(&Context::new(), &keys).await {
            Ok(entries) => {
                let mut answers = Vec::new();
                for (&index, entry) in indices.iter().zip(entries) {
                    let cell = entry.map(|entry| cell_of(&entry)).transpose()?;
                    if let (Some(known), Some(cell)) = (self.known.get_mut(index), cell) {
                        *known = cell.revision;
                    }
                    answers.push(Some(Answer::Read(cell)));
                }
                Told::Answers(answers)
            }
            Err(error) => refused(error)?,
        };
        self.note(indices.into_iter().map(Call::Read).collect(), asked, told);
        Ok(())
    }

    fn next_revision(&mut self) -> u64 {
        self.writes += 1;
        self.number as u64 * 1000 + self.writes
    }

    /// Writes a batch: each entry atomically, not the batch.
    async fn write(&mut self) -> Result<()> {
        let revision = self.next_revision();
        let mut calls = Vec::new();
        let mut writes = Vec::new();
        let first = self.any_key();
        for offset in 0..=self.below(2) {
            let index = (first + offset) % KEYS;
            let change = if self.below(2) == 0 {
                Change::Put(index, revision.cast_signed())
            } else {
                Change::Delete(index)
            };
            calls.push(Call::Commit {
                revision,
                requires: Vec::new(),
                changes: vec![change],
            });
            writes.push(write_of(change)?);
        }
        // How many of several deletes found an entry does not tell which.
        let single = match calls.as_slice() {
            [Call::Commit { changes, .. }] => changes.first().copied(),
            _ => None,
        };
        let batch = WriteBatch {
            revision: Revision::from_bits(revision),
            writes,
        };
        let asked = self.moments.next();
        let told = match self.backend.write(&Context::new(), batch).await {
            Ok(written) => {
                let effect = single.map(|change| match change {
                    Change::Delete(_) => Effect::Deleted(written.deleted > 0),
                    Change::Put(..) | Change::Add(..) => Effect::Put,
                });
                let answer = effect.map(|effect| Answer::Applied(vec![effect]));
                Told::Answers(vec![answer; calls.len()])
            }
            // After an error any part of a batch may be applied.
            Err(_) => Told::Lost,
        };
        self.note(calls, asked, told);
        Ok(())
    }

    async fn commit(&mut self) -> Result<()> {
        let revision = self.next_revision();
        let (requires, changes) = self.draw(revision.cast_signed());
        let commit = commit_of(revision, &requires, &changes)?;
        let asked = self.moments.next();
        let told = match self.backend.commit(&Context::new(), commit).await {
            Ok(outcome) => {
                let answer = answer_of(&outcome);
                self.learn(&requires, &changes, revision, &answer);
                Told::Answers(vec![Some(answer)])
            }
            Err(error) => refused(error)?,
        };
        let call = Call::Commit {
            revision,
            requires,
            changes,
        };
        self.note(vec![call], asked, told);
        Ok(())
    }

    /// What to require and to change.
    fn draw(&self, number: i64) -> (Vec<Require>, Vec<Change>) {
        let first = self.any_key();
        let second = (first + 1) % KEYS;
        let known = |index: KeyIndex| {
            Require::Revision(index, self.known.get(index).copied().unwrap_or_default())
        };
        let put = |index| Change::Put(index, number);
        match self.below(12) {
            0 => (vec![], vec![put(first)]),
            1 => (vec![], vec![Change::Delete(first)]),
            2 | 3 => (vec![], vec![Change::Add(first, 1)]),
            4 => (vec![Require::Absent(first)], vec![put(first)]),
            5 => (vec![Require::Present(first)], vec![Change::Delete(first)]),
            6 => (vec![known(first)], vec![put(first)]),
            7 => (vec![known(first)], vec![Change::Add(second, 10)]),
            // A pair that must never be seen torn, and commits that see both of it.
            8 | 9 => (vec![], vec![put(first), put(second)]),
            10 => (vec![known(first), known(second)], vec![]),
            _ => (
                vec![known(first), known(second)],
                vec![Change::Delete(first), put(first), Change::Add(second, 1)],
            ),
        }
    }

    fn learn(&mut self, requires: &[Require], changes: &[Change], revision: u64, answer: &Answer) {
        let mut known = |index: KeyIndex, revision: u64| {
            if let Some(known) = self.known.get_mut(index) {
                *known = revision;
            }
        };
        match answer {
            Answer::Applied(_) => {
                for change in changes {
                    if let Change::Put(index, _) | Change::Add(index, _) = *change {
                        known(index, revision);
                    }
                }
            }
            Answer::Conflict(failed) => {
                for (place, current) in failed {
                    if let (Some(Require::Revision(index, _)), Some(current)) =
                        (requires.get(*place), current)
                    {
                        known(*index, *current);
                    }
                }
            }
            Answer::Read(_) => {}
        }
    }
}

/// What an error says that the store did.
fn refused(error: Error) -> Result<Told> {
    match error.kind() {
        ErrorKind::OutcomeUnknown => Ok(Told::Lost),
        ErrorKind::Unavailable | ErrorKind::Timeout | ErrorKind::CircuitOpen => Ok(Told::Refused),
        _ => Err(error),
    }
}
