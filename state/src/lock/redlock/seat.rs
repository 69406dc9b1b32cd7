use std::future::Future;
use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout_at};

use super::super::Fence;
use super::super::grant::{Attempt, RecordGrant, fence_of, look, record_is_ours};
use super::super::lease::Grant as _;
use super::super::names::Names;
use super::ballot::patience;
use crate::backend::{
    Backend, Commit, Context, Deadline, Expiry, Mutation, Outcome, Revision, Scope, Ttl,
    encode_counter,
};
use crate::error::{Error, ErrorKind, Result};
use crate::store::Store;

/// One node, and this holder's record there.
///
/// What is asked of a node is asked in turn, and nothing is applied there after its deadline: so a record that came late is
/// deleted after it came.
#[derive(Debug)]
pub(super) struct Seat<B> {
    grant: RecordGrant<B>,
    /// The revisions of all nodes' records.
    all: Arc<[Revision]>,
    rounds: Mutex<Rounds>,
}

/// Which of the holder's tries have come to the node.
#[derive(Debug, Default)]
struct Rounds {
    /// The last that asked for the lock.
    taken: u64,
    /// The last that gave it up.
    left: u64,
}

/// What a holder asks for.
#[derive(Debug, Clone)]
pub(super) struct Bid {
    pub(super) holder: Bytes,
    pub(super) ttl: Ttl,
    /// Counts the tries of one that waits, from 1.
    pub(super) round: u64,
}

impl<B: Backend> Seat<B> {
    pub(super) fn new(
        store: Store<B>,
        names: Arc<Names>,
        all: Arc<[Revision]>,
        revision: Revision,
    ) -> Self {
        Self {
            grant: RecordGrant {
                store,
                names,
                revision,
            },
            all,
            rounds: Mutex::default(),
        }
    }

    /// Asks for the lock; the fence, or `None` where somebody else has it.
    pub(super) async fn take(&self, bid: &Bid, until: Instant) -> Result<Option<Fence>> {
        in_time(until, async {
            let mut rounds = self.rounds.lock().await;
            if rounds.left >= bid.round {
                return Ok(None);
            }
            rounds.taken = bid.round;
            self.put(bid, until).await
        })
        .await
    }

    /// Has the fence here be no less than the grant's; `None` where the lock is lost here.
    pub(super) async fn raise(&self, fence: Fence, until: Instant) -> Result<Option<()>> {
        in_time(until, async {
            let _turn = self.rounds.lock().await;
            self.write_back(fence, until).await
        })
        .await
    }

    /// Lets the record live for longer. Where there is none it is put anew: the node was not there when the lock was taken, or has
    /// lost it.
    pub(super) async fn renew(
        &self,
        bid: &Bid,
        fence: Fence,
        until: Instant,
    ) -> Result<Option<()>> {
        in_time(until, async {
            let rounds = self.rounds.lock().await;
            if self.grant.renew(bid.ttl, by(until)).await? {
                return Ok(Some(()));
            }
            if rounds.left >= bid.round {
                return Ok(None);
            }
            match self.put(bid, until).await? {
                Some(there) if there < fence => self.write_back(fence, until).await,
                Some(_) => Ok(Some(())),
                None => Ok(None),
            }
        })
        .await
    }

    /// Gives up what this round took; `None` where it did not have it any more.
    pub(super) async fn leave(&self, bid: &Bid) -> Result<Option<()>> {
        let mut rounds = self.rounds.lock().await;
        rounds.left = rounds.left.max(bid.round);
        if rounds.taken > bid.round {
            return Ok(None);
        }
        let until = Instant::now() + patience(bid.ttl);
        in_time(until, async {
            let cx = Context::new()
                .for_operation("unlock")
                .with_deadline(by(until));
            Ok(self.grant.end(cx).await?.then_some(()))
        })
        .await
    }

    async fn put(&self, bid: &Bid, until: Instant) -> Result<Option<Fence>> {
        let RecordGrant {
            store,
            names,
            revision,
        } = &self.grant;
        let attempt = Attempt {
            store: store.clone(),
            names: Arc::clone(names),
            revision: *revision,
            holder: bid.holder.clone(),
            ttl: bid.ttl,
            renews: false,
            conditions: Vec::new(),
            mutations: Vec::new(),
        };
        let cx = Context::new()
            .for_operation("lock")
            .with_deadline(by(until));
        let conflict = match store.backend().commit(&cx, attempt.commit()?).await? {
            Outcome::Applied(effects) => return fence_of(&effects).map(Some),
            Outcome::Conflict(conflict) => conflict,
        };
        match conflict.failed.first().and_then(|failed| failed.current) {
            // An earlier try left it, or its answer was lost.
            Some(found) if found == *revision => {
                if !self.grant.renew(bid.ttl, by(until)).await? {
                    return Ok(None);
                }
                let found = look(store, names, &cx).await?;
                Ok(found.fence.filter(|_| found.revision == Some(*revision)))
            }
            Some(found) if self.all.contains(&found) => Err(Error::new(
                ErrorKind::Configuration,
                "two of the nodes are one and the same store, which would vote twice; name each once",
            )),
            _ => Ok(None),
        }
    }

    async fn write_back(&self, fence: Fence, until: Instant) -> Result<Option<()>> {
        let RecordGrant {
            store,
            names,
            revision,
        } = &self.grant;
        // Record and fence of one grant have one revision.
        let mut commit = Commit::new(*revision, Scope::Partition);
        commit.require(record_is_ours(names, *revision))?;
        commit.apply(Mutation::Put {
            key: names.fence.clone(),
            value: Bytes::copy_from_slice(&encode_counter(fence.get().cast_signed())),
            expiry: Expiry::Never,
        })?;
        let cx = Context::new()
            .for_operation("lock")
            .with_deadline(by(until));
        match store.backend().commit(&cx, commit).await? {
            Outcome::Applied(_) => Ok(Some(())),
            Outcome::Conflict(_) => Ok(None),
        }
    }
}

fn by(until: Instant) -> Deadline {
    Deadline::at(until.into_std())
}

async fn in_time<T>(until: Instant, asked: impl Future<Output = Result<T>>) -> Result<T> {
    let silent = |_| Error::new(ErrorKind::Timeout, "the node did not answer in time");
    timeout_at(until, asked).await.map_err(silent).flatten()
}
