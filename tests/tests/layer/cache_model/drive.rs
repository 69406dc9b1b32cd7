//! Runs commands, and judges each read when it ends.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as Waking, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use tokio::task::yield_now;
use typed_state::Ttl;
use typed_state::backend::{
    Backend, Commit, Condition, Context, Expiry, Key, KeyBytes, Mutation, Notice, Reads, Revision,
    Scope, Write, WriteBatch,
};

use super::command::{Action, Command, KEYS};
use super::stage::{Stage, key, value};
use super::truth::{Reading, Rule};

/// More steps than an operation has that waits for no other.
const STEPS: usize = 100;

type Answer = Vec<Option<u64>>;

struct Flight {
    operation: Pin<Box<dyn Future<Output = Answer>>>,
    /// What is read, in the order of the answer; nothing, where it writes.
    readings: Vec<Reading>,
}

struct Run<'a, B> {
    stage: &'a Stage,
    processes: [Arc<B>; 2],
    rule: Rule,
    flights: VecDeque<Flight>,
    written: u64,
}

pub(crate) async fn drive<B: Backend>(
    stage: &Stage,
    backends: [B; 2],
    rule: Rule,
    commands: &[Command],
) -> Result<(), String> {
    let mut run = Run {
        stage,
        processes: backends.map(Arc::new),
        rule,
        flights: VecDeque::new(),
        written: 0,
    };
    // From the first read on changes are heard of.
    for process in 0..2 {
        run.begin(process, &Action::Read(0)).await?;
        run.finish(0).await?;
        run.settle().await;
    }
    for command in commands {
        run.command(command).await?;
        run.settle().await;
    }
    for _ in 0..STEPS {
        for flight in (0..run.flights.len()).rev() {
            run.step(flight).await?;
        }
    }
    match run.flights.len() {
        0 => Ok(()),
        left => Err(format!("{left} operations never end")),
    }
}

impl<B: Backend> Run<'_, B> {
    /// Lets the tasks that listen hear what they were told.
    async fn settle(&self) {
        for _ in 0..8 {
            yield_now().await;
        }
    }

    async fn command(&mut self, command: &Command) -> Result<(), String> {
        match command {
            Command::Begin(process, action) => return self.begin(*process, action).await,
            Command::Step(flight) => return self.step(*flight).await,
            Command::Finish(flight) => return self.finish(*flight).await,
            Command::Drop(flight) => drop(self.flights.remove(*flight)),
            Command::Deliver(process) => self.deliver(*process).await,
            Command::Silence(process) => self.hear(*process, Notice::Silent).await,
            Command::Restore(process) => self.hear(*process, Notice::Missed).await,
            Command::Pass(millis) => tokio::time::advance(Duration::from_millis(*millis)).await,
        }
        Ok(())
    }

    async fn deliver(&self, process: usize) {
        let Some(number) = self.stage.truth().next_unheard(process) else {
            return;
        };
        let key = key(number);
        let notice = Notice::Changed(KeyBytes::from(key.as_bytes()));
        self.stage.tell(process, notice);
        self.settle().await;
        self.stage.truth().heard(process);
    }

    async fn hear(&self, process: usize, notice: Notice) {
        let hears = notice == Notice::Missed;
        self.stage.tell(process, notice);
        self.settle().await;
        self.stage.truth().hears(process, hears);
    }

    async fn begin(&mut self, process: usize, action: &Action) -> Result<(), String> {
        self.written += 1;
        let (rule, keys) = match action {
            Action::Read(key) => (self.rule, vec![*key]),
            Action::ReadAll => (self.rule, (0..KEYS).collect()),
            Action::ReadPrimary(key) => (Rule::Exact, vec![*key]),
            _ => (self.rule, Vec::new()),
        };
        let now = self.stage.now();
        let begin = |key| self.stage.truth().begin(rule, process, key, now);
        let readings = keys.into_iter().map(begin).collect();
        let backend = Arc::clone(&self.processes[process]);
        let operation = Box::pin(operate(backend, action.clone(), self.written));
        self.flights.push_back(Flight {
            operation,
            readings,
        });
        self.step(self.flights.len() - 1).await
    }

    async fn finish(&mut self, flight: usize) -> Result<(), String> {
        let before = self.flights.len();
        for _ in 0..STEPS {
            self.step(flight).await?;
            if self.flights.len() < before {
                break;
            }
        }
        Ok(())
    }

    async fn step(&mut self, at: usize) -> Result<(), String> {
        let Some(flight) = self.flights.get_mut(at) else {
            return Ok(());
        };
        let operation = &mut flight.operation;
        let polled = poll_fn(|_| {
            let mut waking = Waking::from_waker(Waker::noop());
            Poll::Ready(operation.as_mut().poll(&mut waking))
        });
        let Poll::Ready(answer) = polled.await else {
            return Ok(());
        };
        let Some(flight) = self.flights.remove(at) else {
            return Ok(());
        };
        let now = self.stage.now();
        let truth = self.stage.truth();
        let mut read = flight.readings.into_iter().zip(answer);
        read.try_for_each(|(reading, found)| truth.judge(reading, found, now))
    }
}

async fn operate<B: Backend>(backend: Arc<B>, action: Action, number: u64) -> Answer {
    let cx = Context::new();
    let plain = cx.with_reads(Reads::Cached);
    let every: Vec<Key> = (0..KEYS).map(key).collect();
    let revision = Revision::from_bits(number);
    let bytes = Bytes::copy_from_slice(&number.to_be_bytes());
    let expiry = |life: Option<i64>| {
        life.and_then(Ttl::from_millis)
            .map_or(Expiry::Never, Expiry::After)
    };
    let put = |key: Key, life| Mutation::Put {
        key,
        value: bytes.clone(),
        expiry: expiry(life),
    };
    let commit = |condition: Option<Condition>, mutations: Vec<Mutation>| {
        let mut commit = Commit::new(revision, Scope::Partition);
        if let Some(condition) = condition {
            commit.require(condition).unwrap();
        }
        for mutation in mutations {
            commit.apply(mutation).unwrap();
        }
        commit
    };
    let read = async |cx: &Context, keys: &[Key]| {
        let found = backend.get(cx, keys).await.unwrap();
        let values = found.iter().map(|entry| entry.as_ref().map(value));
        values.collect()
    };
    let commit = match action {
        Action::Read(number) => return read(&plain, &[key(number)]).await,
        Action::ReadAll => return read(&plain, &every).await,
        Action::ReadPrimary(number) => return read(&cx, &[key(number)]).await,
        Action::WriteAll(life) => {
            let write = |key| Write::Put {
                key,
                value: bytes.clone(),
                expiry: expiry(life),
            };
            let writes = every.into_iter().map(write).collect();
            let _written = backend.write(&cx, WriteBatch { revision, writes }).await;
            return Vec::new();
        }
        Action::Together => {
            let commits = every
                .into_iter()
                .map(|key| commit(None, vec![put(key, None)]));
            drop(backend.commit_many(&cx, commits.collect()).await);
            return Vec::new();
        }
        Action::Put(number, life) => commit(None, vec![put(key(number), life)]),
        Action::Delete(number) => commit(None, vec![Mutation::Delete { key: key(number) }]),
        Action::Insert(number) => {
            let absent = Condition::Absent(key(number));
            commit(Some(absent), vec![put(key(number), None)])
        }
        Action::Replace(number, life) => {
            let present = Condition::Present(key(number));
            commit(Some(present), vec![put(key(number), life)])
        }
        Action::Touch(number, life) => {
            let key = key(number);
            let expiry = expiry(life);
            commit(None, vec![Mutation::Touch { key, expiry }])
        }
    };
    let _outcome = backend.commit(&cx, commit).await.unwrap();
    Vec::new()
}
