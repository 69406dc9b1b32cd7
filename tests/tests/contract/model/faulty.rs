//! The memory backend with one fault.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use typed_state::Result;
use typed_state::backend::{
    Backend, Commit, Condition, Context, Direction, Effect, Entry, Expiry, Item, Key, Mutation,
    Outcome, Page, Range, Snapshot, SnapshotReader, TotalOrder, Transactional, Write, WriteBatch,
    Written,
};
use typed_state::backends::Memory;
use typed_state::testing::{Fixture, Harness, MemoryFixture, MemoryHarness, TestResult, Time};
use typed_state_tests::{forward, one_by_one};

/// What is wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    LastConditionUnchecked,
    MutationsOneByOne,
    TimeToLiveLost,
    KeepClears,
    ClockLags,
    ReadsCached,
    ReverseIgnored,
    PagesSkip,
    PagesOverlap,
    SnapshotOpensLate,
    DeletesUncounted,
    RestartForgets,
}

#[derive(Debug)]
pub(crate) struct Faulty {
    memory: Arc<Memory>,
    fault: Fault,
    cached: Mutex<HashMap<Key, Entry>>,
}

impl Faulty {
    fn has(&self, fault: Fault) -> bool {
        self.fault == fault
    }

    fn expiry(&self, expiry: Expiry) -> Expiry {
        match expiry {
            Expiry::After(_) if self.has(Fault::TimeToLiveLost) => Expiry::Never,
            Expiry::Keep if self.has(Fault::KeepClears) => Expiry::Never,
            other => other,
        }
    }

    fn mutation(&self, mutation: Mutation) -> Mutation {
        match mutation {
            Mutation::Put { key, value, expiry } => Mutation::Put {
                key,
                value,
                expiry: self.expiry(expiry),
            },
            other => other,
        }
    }

    async fn one_by_one(&self, cx: &Context, commit: &Commit) -> Result<Outcome> {
        let mut effects = Vec::<Effect>::new();
        let mut conditions: Vec<Condition> = commit.conditions().to_vec();
        for mutation in commit.mutations() {
            let mut one = Commit::new(commit.revision(), commit.scope());
            for condition in conditions.drain(..) {
                one.require(condition)?;
            }
            one.apply(mutation.clone())?;
            match self.memory.commit(cx, one).await? {
                Outcome::Applied(effect) => effects.extend(effect),
                conflict @ Outcome::Conflict(_) => return Ok(conflict),
            }
        }
        Ok(Outcome::Applied(effects.into_iter().collect()))
    }
}

impl Backend for Faulty {
    async fn get(&self, cx: &Context, keys: &[Key]) -> Result<Vec<Option<Entry>>> {
        let mut entries = self.memory.get(cx, keys).await?;
        if self.has(Fault::ReadsCached) {
            let mut cached = self.cached.lock().unwrap_or_else(PoisonError::into_inner);
            for (key, entry) in keys.iter().zip(&mut entries) {
                if let Some(fresh) = entry {
                    *entry = Some(cached.entry(key.clone()).or_insert(fresh.clone()).clone());
                }
            }
        }
        Ok(entries)
    }

    async fn commit(&self, cx: &Context, commit: Commit) -> Result<Outcome> {
        if self.has(Fault::MutationsOneByOne) && !commit.mutations().is_empty() {
            return self.one_by_one(cx, &commit).await;
        }
        let mut changed = Commit::new(commit.revision(), commit.scope());
        let mut conditions = commit.conditions().to_vec();
        if self.has(Fault::LastConditionUnchecked) {
            conditions.pop();
        }
        for condition in conditions {
            changed.require(condition)?;
        }
        for mutation in commit.into_mutations() {
            changed.apply(self.mutation(mutation))?;
        }
        self.memory.commit(cx, changed).await
    }

    async fn commit_many(&self, cx: &Context, commits: Vec<Commit>) -> Vec<Result<Outcome>> {
        one_by_one(self, cx, commits).await
    }

    async fn write(&self, cx: &Context, mut batch: WriteBatch) -> Result<Written> {
        for write in &mut batch.writes {
            if let Write::Put { expiry, .. } = write {
                *expiry = self.expiry(*expiry);
            }
        }
        let written = self.memory.write(cx, batch).await?;
        Ok(if self.has(Fault::DeletesUncounted) {
            Written::default()
        } else {
            written
        })
    }

    async fn range(&self, cx: &Context, mut range: Range) -> Result<Page> {
        if self.has(Fault::ReverseIgnored) {
            range.direction = Direction::Forward;
        }
        let first = range.cursor.is_none();
        let mut page = self.memory.range(cx, range).await?;
        if self.has(Fault::PagesSkip) && !first && !page.items.is_empty() {
            page.items.remove(0);
        }
        if self.has(Fault::PagesOverlap)
            && let [first, second, ..] = page.items.as_mut_slice()
        {
            *second = first.clone();
        }
        Ok(page)
    }

    async fn snapshot(&self, cx: &Context, namespace: Option<String>) -> Result<Snapshot> {
        let snapshot = self.memory.snapshot(cx, namespace.clone()).await?;
        if !self.has(Fault::SnapshotOpensLate) {
            return Ok(snapshot);
        }
        let late = Late {
            memory: Arc::clone(&self.memory),
            namespace,
            opened: None,
        };
        Ok(Snapshot::new(
            snapshot.taken_at(),
            snapshot.consistency(),
            late,
        ))
    }

    forward!(memory: capabilities scan health);
}

impl Transactional for Faulty {}
impl TotalOrder for Faulty {}

struct Late {
    memory: Arc<Memory>,
    namespace: Option<String>,
    opened: Option<Snapshot>,
}

impl SnapshotReader for Late {
    fn next<'a>(
        &'a mut self,
        limit: NonZeroUsize,
    ) -> Pin<Box<dyn Future<Output = Result<Vec<Item>>> + Send + 'a>> {
        Box::pin(async move {
            let opened = if let Some(opened) = self.opened.take() {
                opened
            } else {
                let namespace = self.namespace.clone();
                self.memory.snapshot(&Context::new(), namespace).await?
            };
            self.opened.insert(opened).next(limit).await
        })
    }
}

#[derive(Debug)]
pub(crate) struct FaultyHarness(pub(crate) Fault);

pub(crate) struct FaultyFixture {
    memory: MemoryFixture,
    backend: Arc<Faulty>,
}

impl FaultyHarness {
    async fn store(fault: Fault) -> TestResult<FaultyFixture> {
        let memory = MemoryHarness.fresh().await?;
        let backend = Arc::new(Faulty {
            memory: Arc::clone(memory.backend()),
            fault,
            cached: Mutex::default(),
        });
        Ok(FaultyFixture { memory, backend })
    }
}

impl Harness for FaultyHarness {
    type Backend = Faulty;
    type Fixture = FaultyFixture;

    async fn fresh(&self) -> TestResult<FaultyFixture> {
        Self::store(self.0).await
    }
}

impl Fixture for FaultyFixture {
    type Backend = Faulty;

    fn backend(&self) -> &Arc<Faulty> {
        &self.backend
    }

    async fn connect(&self) -> TestResult<Arc<Faulty>> {
        Ok(Arc::clone(&self.backend))
    }

    fn time(&self) -> Time {
        self.memory.time()
    }

    async fn elapse(&self, by: Duration) -> TestResult {
        let lag = Duration::from_millis(u64::from(self.backend.has(Fault::ClockLags)));
        self.memory.elapse(by.saturating_sub(lag)).await
    }

    async fn sweep(&self) -> TestResult<u64> {
        self.memory.sweep().await
    }

    async fn restart(&mut self) -> TestResult<bool> {
        if self.backend.has(Fault::RestartForgets) {
            *self = FaultyHarness::store(Fault::RestartForgets).await?;
        }
        Ok(true)
    }
}
