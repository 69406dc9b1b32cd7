//! The one thread that changes the engine.
//!
//! It takes what has queued, decides it in order against the engine and what was decided before, commits all of
//! it at once, and answers. While the disk synchronises, the next group queues; so groups grow with the load and need
//! no timer.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError};
use std::time::{Duration, Instant};

use redb::{CommitError, WriteTransaction};

use super::Shared;
use super::blocking::guarded;
use super::cache::own;
use super::commit::{decide, decide_batch};
use super::config::Durability;
use super::engine::{ENTRIES, EXPIRIES, Fault};
use super::group::{Changes, Group};
use super::record::{Record, index_row, peek_expiry};
use super::request::{Pending, Reply, Request};
use super::sweep::{SWEEP_STEP, Swept, sweep};
use crate::backend::{Context, Key};
use crate::error::{Error, ErrorKind, Result};

/// How many requests one commit of the engine serves at the most.
const MAX_REQUESTS: usize = 4_096;
/// From how many bytes on a group takes no more requests.
const MAX_BYTES: usize = 16 << 20;
/// How long after a failed attempt to reopen the file the next one is made.
const REOPEN_EVERY: Duration = Duration::from_secs(1);

pub(super) struct Writer {
    shared: Arc<Shared>,
    requests: Receiver<Request>,
    durability: Durability,
    sweep_every: Option<Duration>,
    next_sweep: Option<Instant>,
    /// When what is acknowledged and not yet durable must be.
    next_sync: Option<Instant>,
}

/// Why a group was not committed.
struct Failure {
    /// Whether it may have been all the same.
    unknown: bool,
    cause: Error,
}

#[allow(
    clippy::large_enum_variant,
    reason = "it lives for the time of one call"
)]
enum Next {
    Request(Request),
    Due,
    Ended,
}

impl Writer {
    pub(super) fn new(
        shared: Arc<Shared>,
        requests: Receiver<Request>,
        durability: Durability,
        sweep_every: Option<Duration>,
    ) -> Self {
        Self {
            shared,
            requests,
            durability,
            sweep_every,
            next_sweep: after(sweep_every),
            next_sync: None,
        }
    }

    /// Serves until it is told to close or nobody is left to ask.
    pub(super) fn run(mut self) {
        loop {
            let first = match self.next() {
                Next::Request(request) => Some(request),
                Next::Due => None,
                Next::Ended => break,
            };
            if let Some(closed) = self.serve(first) {
                closed.send(self.close());
                return;
            }
        }
        if let Err(error) = self.close() {
            tracing::error!(directory = %self.shared.engine.directory().display(), %error,
                "the store could not make its last writes durable");
        }
    }

    fn next(&self) -> Next {
        let reopen = (!self.shared.engine.is_open()).then(|| Instant::now() + REOPEN_EVERY);
        let due = [self.next_sweep, self.next_sync, reopen];
        let Some(due) = due.into_iter().flatten().min() else {
            return self.requests.recv().map_or(Next::Ended, Next::Request);
        };
        let wait = due.saturating_duration_since(Instant::now());
        match self.requests.recv_timeout(wait) {
            Ok(request) => Next::Request(request),
            Err(RecvTimeoutError::Timeout) => Next::Due,
            Err(RecvTimeoutError::Disconnected) => Next::Ended,
        }
    }

    /// Serves one group; says whom to tell when the store is to close after it.
    fn serve(&mut self, first: Option<Request>) -> Option<Reply<()>> {
        let shared = Arc::clone(&self.shared);
        if !shared.engine.is_open() {
            self.reopen();
        }
        let mut group = Group::new(&shared);
        let (answers, closing) = self.gather(&mut group, first);
        // What only the sweeper did is as well done again after a crash.
        let by_callers = answers.iter().any(Pending::has_changed);
        self.sweep_if_due(&mut group);
        let changes = group.into_changes();
        let keys: Vec<Key> = if shared.announcer.is_heard() {
            changes.records.keys().cloned().collect()
        } else {
            Vec::new()
        };
        let committed = self.commit(changes, by_callers);
        // Also where it failed: it may have been committed all the same.
        for key in &keys {
            shared.announcer.tell_changed(key);
        }
        if let Err(failure) = &committed {
            tracing::error!(directory = %shared.engine.directory().display(), error = %failure.cause,
                "the store could not commit");
        }
        for answer in answers {
            match &committed {
                Ok(()) => answer.confirm(),
                Err(failure) => {
                    answer.refuse(|| failure.to_error(), || failure.to_error_unapplied());
                }
            }
        }
        closing
    }

    /// Decides what has queued, and what queues meanwhile, until nothing more comes.
    fn gather(
        &self,
        group: &mut Group<'_>,
        first: Option<Request>,
    ) -> (Vec<Pending>, Option<Reply<()>>) {
        let mut answers = Vec::new();
        let mut next = first;
        let mut yielded = false;
        loop {
            match next {
                Some(Request::Close(mut reply)) => {
                    reply.take();
                    return (answers, Some(reply));
                }
                Some(Request::Commits(cx, commits)) => {
                    yielded = false;
                    let commits = commits.into_iter();
                    let commits = commits.map(|(commit, reply)| Request::Commit(cx, commit, reply));
                    answers.extend(commits.filter_map(|commit| decide_request(group, commit)));
                }
                Some(request) => {
                    yielded = false;
                    answers.extend(decide_request(group, request));
                }
                None => {}
            }
            if answers.len() >= MAX_REQUESTS || group.bytes() >= MAX_BYTES {
                return (answers, None);
            }
            next = match self.requests.try_recv() {
                Ok(request) => Some(request),
                // Those who were just answered may be about to ask again: let them run once.
                Err(TryRecvError::Empty) if !yielded => {
                    yielded = true;
                    std::thread::yield_now();
                    None
                }
                Err(_) => return (answers, None),
            };
        }
    }

    fn sweep_if_due(&mut self, group: &mut Group<'_>) {
        if self.next_sweep.is_none_or(|due| Instant::now() < due) {
            return;
        }
        let swept = attempt(group, &Context::new(), |group| sweep(group, SWEEP_STEP));
        let swept = swept.unwrap_or_else(|error| {
            tracing::warn!(%error, "expired entries could not be swept");
            Swept::default()
        });
        self.next_sweep = if swept.more {
            Some(Instant::now())
        } else {
            after(self.sweep_every)
        };
    }

    /// Commits the changes and tells the cache, before anybody is answered.
    fn commit(&mut self, changes: Changes, by_callers: bool) -> Result<(), Failure> {
        let sync_is_due = self.next_sync.is_some_and(|due| due <= Instant::now());
        if changes.records.is_empty() && changes.stale_rows.is_empty() && !sync_is_due {
            return Ok(());
        }
        let durable = match self.durability {
            Durability::Synced => by_callers || sync_is_due,
            Durability::Relaxed { .. } => sync_is_due,
        };
        let shared = Arc::clone(&self.shared);
        // From the engine's commit on the outcome is open, should anything go wrong.
        let mut committing = false;
        let committed = guarded(|| commit(&shared, changes, durable, &mut committing));
        match committed {
            Ok(()) if durable => self.next_sync = None,
            Ok(()) => {
                if let Durability::Relaxed { interval } = self.durability {
                    self.next_sync = self.next_sync.or_else(|| after(Some(interval)));
                }
            }
            Err(cause) => {
                self.recover();
                return Err(Failure {
                    unknown: committing,
                    cause,
                });
            }
        }
        Ok(())
    }

    /// Goes on after a failure with what the file holds. The order matters: see the cache.
    fn recover(&mut self) {
        self.shared.engine.close();
        self.shared.cache.clear();
        self.next_sync = None;
        self.reopen();
    }

    fn reopen(&self) {
        if let Err(error) = guarded(|| self.shared.engine.reopen()) {
            tracing::error!(directory = %self.shared.engine.directory().display(), %error,
                "the store could not be reopened after a failure and is tried again");
        }
    }

    /// Makes durable what is not, and closes the file.
    fn close(&mut self) -> Result<()> {
        let synced = match self.next_sync {
            Some(_) => {
                self.next_sync = Some(Instant::now());
                self.commit(Changes::default(), true)
            }
            None => Ok(()),
        };
        self.shared.engine.close();
        self.shared.cache.clear();
        synced.map_err(|failure| failure.cause)
    }
}

fn after(interval: Option<Duration>) -> Option<Instant> {
    Instant::now().checked_add(interval?)
}

/// Decides one request; `None` where nobody waits for it any more.
fn decide_request(group: &mut Group<'_>, request: Request) -> Option<Pending> {
    match request {
        Request::Commit(cx, commit, mut reply) => reply.take().then(|| {
            let outcome = attempt(group, &cx, |group| decide(group, commit));
            Pending::Commit(outcome, reply)
        }),
        Request::Write(cx, batch, mut reply) => reply.take().then(|| {
            let written = attempt(group, &cx, |group| decide_batch(group, batch));
            Pending::Write(written, reply)
        }),
        Request::Sweep(limit, mut reply) => reply.take().then(|| {
            let swept = attempt(group, &Context::new(), |group| sweep(group, limit));
            Pending::Sweep(swept, reply)
        }),
        Request::Commits(..) | Request::Close(_) => None,
    }
}

/// Adds the changes of one request to the group; an error leaves none of them there.
fn attempt<T>(
    group: &mut Group<'_>,
    cx: &Context,
    decide: impl FnOnce(&mut Group<'_>) -> Result<T>,
) -> Result<T> {
    cx.check()?;
    group.begin();
    let decided = guarded(|| decide(group));
    if decided.is_err() {
        group.roll_back();
    }
    decided
}

/// Commits the changes and tells the cache; `committing` says whether an error leaves the outcome open.
fn commit(shared: &Shared, changes: Changes, durable: bool, committing: &mut bool) -> Result<()> {
    let mut transaction = shared.engine.begin_write()?;
    let durability = if durable {
        redb::Durability::Immediate
    } else {
        redb::Durability::None
    };
    transaction
        .set_durability(durability)
        .map_err(Fault::from)?;
    // Costs a little of each commit and makes opening after a crash a matter of milliseconds.
    transaction.set_quick_repair(durable);
    let records = write(&transaction, changes)?;
    for (key, _) in &records {
        shared.cache.mark(key);
    }
    *committing = true;
    transaction.commit().map_err(|error| {
        *committing = !matches!(error, CommitError::TransactionPoisoned);
        Fault::from(error)
    })?;
    for (key, record) in records {
        shared.cache.store(key, record);
    }
    Ok(())
}

/// Writes the changes in the order of the keys; gives them back as the cache keeps them.
fn write(
    transaction: &WriteTransaction,
    changes: Changes,
) -> Result<Vec<(Key, Option<Record>)>, Fault> {
    let mut entries = transaction.open_table(ENTRIES)?;
    let mut expiries = transaction.open_table(EXPIRIES)?;
    let mut records = Vec::with_capacity(changes.records.len());
    for (key, change) in changes.records {
        let bytes = key.as_bytes();
        let record = change.map(|record| record.into_stored(&key));
        let before = match &record {
            Some((_, stored)) => entries.insert(bytes, stored.as_ref())?,
            None => entries.remove(bytes)?,
        };
        let before = before.and_then(|before| peek_expiry(before.value()));
        let after = record.as_ref().and_then(|(record, _)| record.expires);
        if before != after {
            if let Some(before) = before {
                expiries.remove(index_row(before, bytes).as_slice())?;
            }
            if let Some(after) = after {
                expiries.insert(index_row(after, bytes).as_slice(), ())?;
            }
        }
        records.push((own(&key), record.map(|(record, _)| record)));
    }
    for row in changes.stale_rows {
        expiries.remove(row.as_slice())?;
    }
    Ok(records)
}

impl Failure {
    /// For a request whose changes were to be committed.
    fn to_error(&self) -> Error {
        if !self.unknown {
            return self.to_error_unapplied();
        }
        let message = format!(
            "the disk failed while it was made to keep the commit, which is applied wholly or not at all: {}",
            self.cause
        );
        Error::new(ErrorKind::OutcomeUnknown, message)
    }

    /// For a request that changes nothing, and whose answer rests on what was not committed.
    fn to_error_unapplied(&self) -> Error {
        let kind = match self.cause.kind() {
            _ if self.unknown => ErrorKind::Unavailable,
            kind => kind,
        };
        Error::new(kind, format!("nothing was applied: {}", self.cause))
    }
}
