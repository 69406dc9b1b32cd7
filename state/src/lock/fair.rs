//! Waiting for a lock in the order of those that wait.
//!
//! Who waits stands in the queue, an entry beside the lock's, and keeps an entry of its own alive, so that others can tell that
//! it still waits. The first in the queue that does gets the lock, and leaves the queue in the commit that gives it.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::Instant;

use super::guard::LockGuard;
use super::handle::Lock;
use super::held::runtime;
use super::names::Names;
use super::wait::Waiting;
use super::{queue, record};
use crate::backend::{
    Backend, Commit, Condition, Context, Entry, Expiry, Mutation, Notify, Outcome, Scope, Ttl,
};
use crate::error::Result;
use crate::store::Store;

/// How long the others wait for one that waits and died.
const PRESENCE: Ttl = match Ttl::from_millis(3_000) {
    Some(ttl) => ttl,
    None => Ttl::MIN,
};
/// How long a waiter is sure to be still seen as one after it said so.
const SURELY_PRESENT: Duration = Duration::from_secs(1);

pub(super) async fn acquire<B: Notify, K>(
    lock: &Lock<B, K>,
    limit: Option<Duration>,
) -> Result<LockGuard<B, K>> {
    let mut place = Place::new(lock)?;
    let mut waiting = Waiting::new(&lock.store, limit);
    loop {
        let cx = waiting.context();
        let view = place.look(&cx).await?;
        if view.record.is_none() && view.ahead.is_empty() {
            let (conditions, mutations) = place.leave(&view);
            if let Some(guard) = lock.attempt(&cx, conditions, mutations).await? {
                place.entered = false;
                return Ok(guard);
            }
        } else {
            waiting.begin().await;
        }
        if !view.entered {
            place.enter(&cx, &view).await?;
            continue;
        }
        place.stay(&cx).await?;
        let (ttl, holder) = match &view.record {
            Some(entry) => (entry.ttl, record::decode(&entry.value)?),
            None => (None, "others that wait"),
        };
        let keys = [place.names.record.as_bytes(), place.names.queue.as_bytes()];
        waiting.until_changed(&keys, ttl, holder).await?;
    }
}

/// One that waits. Dropping it takes it out of the queue in the background.
#[derive(Debug)]
struct Place<B: Backend> {
    store: Store<B>,
    names: Arc<Names>,
    runtime: Handle,
    number: u64,
    /// Whether it may stand in the queue.
    entered: bool,
    seen: Instant,
}

/// What a waiter saw.
#[derive(Debug)]
struct View {
    record: Option<Entry>,
    queue: Option<Entry>,
    /// Those before it that still wait; all that do where it has not entered.
    ahead: Vec<u64>,
    behind: Vec<u64>,
    entered: bool,
}

impl<B: Backend> Place<B> {
    fn new<K>(lock: &Lock<B, K>) -> Result<Self> {
        Ok(Self {
            store: lock.store.clone(),
            names: Arc::clone(lock.names()?),
            runtime: runtime()?,
            number: lock.store.random(),
            entered: false,
            seen: Instant::now(),
        })
    }

    async fn look(&self, cx: &Context) -> Result<View> {
        let keys = [self.names.queue.clone(), self.names.record.clone()];
        let backend = self.store.backend();
        let mut entries = backend.get(&cx.with_lifetimes(), &keys).await?.into_iter();
        let (queue, record) = (entries.next().flatten(), entries.next().flatten());
        let mut ahead = match &queue {
            Some(entry) => queue::decode(&entry.value)?,
            None => Vec::new(),
        };
        let mut behind = Vec::new();
        let position = ahead.iter().position(|&number| number == self.number);
        if let Some(position) = position {
            behind = ahead.split_off(position);
            behind.remove(0);
        }
        let keys: Result<Vec<_>> = ahead
            .iter()
            .map(|&number| self.names.waiter(number))
            .collect();
        let mut present = backend.get(cx, &keys?).await?.into_iter();
        ahead.retain(|_| present.next().flatten().is_some());
        Ok(View {
            record,
            queue,
            ahead,
            behind,
            entered: position.is_some(),
        })
    }

    /// What gives the lock to this waiter must hold of the queue, and changes there.
    fn leave(&self, view: &View) -> (Vec<Condition>, Vec<Mutation>) {
        let condition = self.unchanged(view);
        if !view.entered && view.queue.is_none() {
            return (vec![condition], Vec::new());
        }
        let rest = if view.entered {
            &view.behind
        } else {
            &view.ahead
        };
        let mut mutations = vec![self.put_queue(rest.iter().copied())];
        mutations.extend(
            self.names
                .waiter(self.number)
                .ok()
                .map(|key| Mutation::Delete { key }),
        );
        (vec![condition], mutations)
    }

    fn unchanged(&self, view: &View) -> Condition {
        let key = self.names.queue.clone();
        match &view.queue {
            Some(entry) => Condition::Revision(key, entry.revision),
            None => Condition::Absent(key),
        }
    }

    fn put_queue(&self, waiters: impl ExactSizeIterator<Item = u64>) -> Mutation {
        let key = self.names.queue.clone();
        if waiters.len() == 0 {
            return Mutation::Delete { key };
        }
        Mutation::Put {
            key,
            value: queue::encode(waiters),
            expiry: Expiry::Never,
        }
    }

    fn put_presence(&self) -> Result<Mutation> {
        Ok(Mutation::Put {
            key: self.names.waiter(self.number)?,
            value: queue::encode([]),
            expiry: Expiry::After(PRESENCE),
        })
    }

    /// Goes to the end of the queue, if it is as it was seen; drops those that wait no more.
    async fn enter(&mut self, cx: &Context, view: &View) -> Result<()> {
        let mut waiters = view.ahead.clone();
        waiters.push(self.number);
        let mut commit = Commit::new(self.store.new_revision(), Scope::Partition);
        commit.require(self.unchanged(view))?;
        commit.apply(self.put_queue(waiters.into_iter()))?;
        commit.apply(self.put_presence()?)?;
        self.entered = true;
        self.seen = Instant::now();
        match self.store.backend().commit(cx, commit).await? {
            Outcome::Applied(_) => {}
            Outcome::Conflict(_) => tokio::task::yield_now().await,
        }
        Ok(())
    }

    /// Lets the others know that this one still waits.
    async fn stay(&mut self, cx: &Context) -> Result<()> {
        let now = Instant::now();
        if now.duration_since(self.seen) < SURELY_PRESENT {
            return Ok(());
        }
        let mut commit = Commit::new(self.store.new_revision(), Scope::Partition);
        commit.apply(self.put_presence()?)?;
        let _one_put_cannot_conflict = self.store.backend().commit(cx, commit).await?;
        self.seen = now;
        Ok(())
    }
}

impl<B: Backend> Drop for Place<B> {
    fn drop(&mut self) {
        if !self.entered {
            return;
        }
        let (store, names, number) = (self.store.clone(), Arc::clone(&self.names), self.number);
        self.runtime
            .spawn(async move { withdraw(&store, &names, number).await });
    }
}

/// Those that stand in the queue.
pub(super) async fn waiters<B: Backend>(
    store: &Store<B>,
    names: &Names,
    cx: &Context,
) -> Result<Vec<u64>> {
    let keys = [names.queue.clone()];
    match store.backend().get(cx, &keys).await?.pop().flatten() {
        Some(entry) => queue::decode(&entry.value),
        None => Ok(Vec::new()),
    }
}

/// Has those that wait see that this one does not: where its entry is gone they leave it out of the queue.
async fn withdraw<B: Backend>(store: &Store<B>, names: &Names, number: u64) -> Result<()> {
    let cx = store.context("lock").with_announcements();
    let mut commit = Commit::new(store.new_revision(), Scope::Partition);
    commit.apply(Mutation::Delete {
        key: names.waiter(number)?,
    })?;
    // They hear of their queue.
    commit.apply(Mutation::Touch {
        key: names.queue.clone(),
        expiry: Expiry::Keep,
    })?;
    let _one_without_condition = store.backend().commit(&cx, commit).await?;
    Ok(())
}
