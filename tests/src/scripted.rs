use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;
use typed_state::backend::{
    Backend, Capabilities, Commit, Context, Entry, Health, Key, Outcome, Page, Range, Scan,
    Snapshot, TotalOrder, Transactional, WriteBatch, Written,
};
use typed_state::backends::Memory;
use typed_state::{Error, ErrorKind, Result};

/// What becomes of a call.
#[derive(Debug)]
pub enum Act {
    /// It is served.
    Pass,
    /// It fails so, and nothing is applied.
    Refuse(ErrorKind),
    /// It is served, and fails as of unknown outcome.
    Lose,
    /// It fails as of unknown outcome, and is served when [`Scripted::release`] is called; commits alone.
    Ghost,
    /// These commits are served before it, and then it.
    Meanwhile(Vec<Commit>),
    /// These commits are served before it, then the ghosts, and then it; commits alone.
    Release(Vec<Commit>),
    /// It waits for a message; where none can come any more, for ever.
    Hold(oneshot::Receiver<ErrorKind>),
    /// It is never answered.
    Hang,
}

/// A memory store that does with each call what the next line of its script says, and serves what comes after the script.
#[derive(Debug, Default)]
pub struct Scripted {
    memory: Memory,
    acts: Mutex<VecDeque<Act>>,
    seen: Mutex<Vec<Context>>,
    ghosts: Mutex<Vec<(Context, Commit)>>,
}

impl Scripted {
    /// On this store.
    pub fn new(memory: Memory) -> Self {
        Self {
            memory,
            ..Self::default()
        }
    }

    /// The store itself.
    pub const fn memory(&self) -> &Memory {
        &self.memory
    }

    /// What becomes of the calls after those that are already spoken for.
    pub fn script(&self, acts: impl IntoIterator<Item = Act>) {
        lock(&self.acts).extend(acts);
    }

    /// Forgets the rest of the script.
    pub fn unscript(&self) {
        lock(&self.acts).clear();
    }

    /// The contexts of all calls so far; a call of several commits counts once.
    pub fn seen(&self) -> Vec<Context> {
        lock(&self.seen).clone()
    }

    /// Serves the ghosts, and tells what became of them.
    ///
    /// Cancellation: some may have been served.
    pub async fn release(&self) -> Vec<Result<Outcome>> {
        let ghosts = std::mem::take(&mut *lock(&self.ghosts));
        let mut answers = Vec::new();
        for (cx, commit) in ghosts {
            answers.push(self.memory.commit(&cx, commit).await);
        }
        answers
    }

    fn next(&self) -> Act {
        lock(&self.acts).pop_front().unwrap_or(Act::Pass)
    }

    fn see(&self, cx: &Context) {
        lock(&self.seen).push(*cx);
    }

    async fn play<T: Send>(
        &self,
        cx: &Context,
        call: impl Future<Output = Result<T>> + Send,
    ) -> Result<T> {
        self.see(cx);
        match self.next() {
            Act::Pass => call.await,
            Act::Refuse(kind) => Err(Error::new(kind, "as scripted")),
            Act::Lose | Act::Ghost => {
                drop(call.await);
                Err(lost())
            }
            Act::Meanwhile(commits) | Act::Release(commits) => {
                self.apply(commits).await?;
                call.await
            }
            Act::Hold(message) => match message.await {
                Ok(kind) => Err(Error::new(kind, "as scripted")),
                Err(_) => call.await,
            },
            Act::Hang => std::future::pending().await,
        }
    }

    async fn apply(&self, commits: Vec<Commit>) -> Result<()> {
        for commit in commits {
            let _ = self.memory.commit(&Context::new(), commit).await?;
        }
        Ok(())
    }

    async fn decide(&self, cx: &Context, commit: Commit, act: Act) -> Result<Outcome> {
        match act {
            Act::Refuse(kind) => Err(Error::new(kind, "as scripted")),
            Act::Lose => self
                .memory
                .commit(cx, commit)
                .await
                .and_then(|_| Err(lost())),
            Act::Ghost => {
                lock(&self.ghosts).push((*cx, commit));
                Err(lost())
            }
            Act::Meanwhile(commits) => {
                self.apply(commits).await?;
                self.memory.commit(cx, commit).await
            }
            Act::Release(commits) => {
                self.apply(commits).await?;
                drop(self.release().await);
                self.memory.commit(cx, commit).await
            }
            Act::Hang => std::future::pending().await,
            Act::Hold(message) => match message.await {
                Ok(kind) => Err(Error::new(kind, "as scripted")),
                Err(_) => self.memory.commit(cx, commit).await,
            },
            Act::Pass => self.memory.commit(cx, commit).await,
        }
    }
}

fn lost() -> Error {
    Error::new(ErrorKind::OutcomeUnknown, "lost, as scripted")
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Backend for Scripted {
    fn capabilities(&self) -> Capabilities {
        self.memory.capabilities()
    }

    async fn get(&self, cx: &Context, keys: &[Key]) -> Result<Vec<Option<Entry>>> {
        self.play(cx, self.memory.get(cx, keys)).await
    }

    async fn commit(&self, cx: &Context, commit: Commit) -> Result<Outcome> {
        self.see(cx);
        let act = self.next();
        self.decide(cx, commit, act).await
    }

    /// Each commit is a line of the script.
    async fn commit_many(&self, cx: &Context, commits: Vec<Commit>) -> Vec<Result<Outcome>> {
        self.see(cx);
        let mut answers = Vec::new();
        for commit in commits {
            let act = self.next();
            answers.push(self.decide(cx, commit, act).await);
        }
        answers
    }

    async fn write(&self, cx: &Context, batch: WriteBatch) -> Result<Written> {
        self.play(cx, self.memory.write(cx, batch)).await
    }

    async fn range(&self, cx: &Context, range: Range) -> Result<Page> {
        self.play(cx, self.memory.range(cx, range)).await
    }

    async fn scan(&self, cx: &Context, scan: Scan) -> Result<Page> {
        self.play(cx, self.memory.scan(cx, scan)).await
    }

    async fn snapshot(&self, cx: &Context, namespace: Option<String>) -> Result<Snapshot> {
        self.play(cx, self.memory.snapshot(cx, namespace)).await
    }

    async fn health(&self, cx: &Context) -> Result<Health> {
        self.play(cx, self.memory.health(cx)).await
    }
}

impl Transactional for Scripted {}
impl TotalOrder for Scripted {}
