//! The store below, each call of which waits for the next step before and after, and which notes what it does.

use std::sync::{Arc, Mutex, MutexGuard};

use tokio::time::Instant;
use typed_state::backend::{
    Announcer, Backend, Commit, Context, Entry, Key, Mutation, Notice, Notify, Outcome, Watch,
    Write, WriteBatch, Written,
};
use typed_state::backends::Memory;
use typed_state::{Clock, Result, Timestamp};
use typed_state_tests::forward;

use super::command::KEYS;
use super::steps::{Decide, in_steps, step, stepped};
use super::truth::Truth;

/// What is wrong with the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// No process hears of a change.
    NoticesAreLost,
    /// The store says of no entry how long it lives.
    LifetimesAreNotTold,
    /// Copies are put whether or not the lease stands.
    LeasesAreNotRequired,
    /// Writers put no marks.
    MarksAreNotPut,
}

/// What all processes share.
#[derive(Debug)]
pub(crate) struct Stage {
    memory: Memory,
    pub(crate) upper: Memory,
    pub(crate) flaw: Option<Flaw>,
    announcers: [Announcer; 2],
    truth: Mutex<Truth>,
    begun: Instant,
}

/// The clock of the runtime, which the test moves.
#[derive(Debug)]
struct Paused(Instant);

impl Clock for Paused {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(i64::try_from(self.0.elapsed().as_millis()).unwrap())
    }
}

impl Stage {
    pub(crate) fn new(flaw: Option<Flaw>) -> Self {
        let begun = Instant::now();
        let memory = || Memory::builder().clock(Paused(begun)).sweep_every(None);
        Self {
            memory: memory().build(),
            upper: memory().build(),
            flaw,
            announcers: [Announcer::new(), Announcer::new()],
            truth: Mutex::new(Truth::new(0)),
            begun,
        }
    }

    pub(crate) fn truth(&self) -> MutexGuard<'_, Truth> {
        self.truth.lock().unwrap()
    }

    /// Milliseconds since the run began.
    pub(crate) fn now(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_millis()).unwrap()
    }

    pub(crate) fn tell(&self, process: usize, notice: Notice) {
        let lost = self.flaw == Some(Flaw::NoticesAreLost);
        if !lost || !matches!(notice, Notice::Changed(_)) {
            self.announcers[process].tell(notice);
        }
    }
}

pub(crate) fn key(number: usize) -> Key {
    let bytes = [b'k', 0, u8::try_from(number).unwrap()];
    Key::new(&bytes[..], 2).unwrap()
}

fn number(key: &Key) -> usize {
    (0..KEYS).find(|&other| self::key(other) == *key).unwrap()
}

/// The store below, as one process has it.
#[derive(Debug)]
pub(crate) struct Client {
    stage: Arc<Stage>,
    process: usize,
}

impl Client {
    pub(crate) fn new(stage: &Arc<Stage>, process: usize) -> Self {
        let stage = Arc::clone(stage);
        Self { stage, process }
    }

    /// Notes what stands there now.
    async fn note(&self, keys: &[Key]) {
        let now = self.stage.now();
        let cx = Context::new().with_lifetimes();
        let found = self.stage.memory.get(&cx, keys).await.unwrap();
        for (key, found) in keys.iter().zip(found) {
            let left = found.as_ref().and_then(|entry| entry.ttl);
            let until = left.map(|left| now + left.as_millis().unsigned_abs());
            let value = found.map(|entry| value(&entry));
            let mut truth = self.stage.truth();
            truth.changed(self.process, number(key), value, now, until);
        }
    }
}

pub(crate) fn value(entry: &Entry) -> u64 {
    u64::from_be_bytes(entry.value[..].try_into().unwrap())
}

impl Decide for Client {
    async fn decide(&self, cx: &Context, commit: Commit) -> Result<Outcome> {
        let keys: Vec<Key> = commit
            .mutations()
            .iter()
            .map(Mutation::key)
            .cloned()
            .collect();
        let outcome = self.stage.memory.commit(cx, commit).await;
        if let Ok(Outcome::Applied(_)) = outcome {
            self.note(&keys).await;
        }
        outcome
    }
}

impl Backend for Client {
    async fn get(&self, cx: &Context, keys: &[Key]) -> Result<Vec<Option<Entry>>> {
        step().await;
        let mut found = self.stage.memory.get(cx, keys).await?;
        if self.stage.flaw == Some(Flaw::LifetimesAreNotTold) {
            found
                .iter_mut()
                .flatten()
                .for_each(|entry| entry.ttl = None);
        }
        step().await;
        Ok(found)
    }

    async fn commit(&self, cx: &Context, commit: Commit) -> Result<Outcome> {
        stepped(self.decide(cx, commit)).await
    }

    async fn commit_many(&self, cx: &Context, commits: Vec<Commit>) -> Vec<Result<Outcome>> {
        in_steps(self, cx, commits).await
    }

    async fn write(&self, cx: &Context, batch: WriteBatch) -> Result<Written> {
        let mut all = Written::default();
        for write in batch.writes {
            step().await;
            let keys = [Write::key(&write).clone()];
            let batch = WriteBatch {
                revision: batch.revision,
                writes: vec![write],
            };
            all.deleted += self.stage.memory.write(cx, batch).await?.deleted;
            self.note(&keys).await;
        }
        step().await;
        Ok(all)
    }

    forward!(stage.memory: capabilities range scan snapshot health);
}

impl Notify for Client {
    async fn watch(&self, _cx: &Context) -> Result<Watch> {
        Ok(self.stage.announcers[self.process].watch())
    }
}
