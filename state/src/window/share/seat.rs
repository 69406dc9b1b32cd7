//! A worker's entry among the members: it is there while the worker lives.

use bytes::Bytes;
use tokio::runtime::Handle;
use tokio::time::Instant;

use super::membership::Membership;
use crate::backend::{
    Backend, Commit, Condition, Context, Deadline, Expiry, Key, Mutation, Outcome, Revision, Scope,
    Ttl,
};
use crate::error::{Error, Result};
use crate::lock::{Fence, Grant, Granted, Lease, runtime};
use crate::store::Store;
use crate::window::bytes::{Reader, begin, put_bytes};
use crate::window::names;

/// The entry of this worker, which is renewed as a lock is, and removed when it is dropped.
#[derive(Debug)]
pub(super) struct Seat<B: Backend> {
    pub(super) key: Key,
    lease: Lease<Entry<B>>,
}

/// An entry that is ours as long as it has our revision.
#[derive(Debug)]
struct Entry<B> {
    store: Store<B>,
    key: Key,
    revision: Revision,
}

impl<B: Backend> Seat<B> {
    /// Becomes a member.
    pub(super) async fn take(
        store: &Store<B>,
        windows: &str,
        membership: &Membership,
    ) -> Result<Self> {
        let runtime: Handle = runtime()?;
        let key = names::member(windows, &membership.name, store.random())?;
        let revision = store.new_revision();
        let mut commit = Commit::new(revision, Scope::Partition);
        commit.apply(Mutation::Put {
            key: key.clone(),
            value: encode(&membership.name),
            expiry: Expiry::After(membership.ttl),
        })?;
        let asked = Instant::now();
        // It requires nothing, so it is applied. Should its answer be lost there is a member too many until the entry expires.
        let _applied = store
            .backend()
            .commit(&store.context("join"), commit)
            .await?;
        let granted = Granted {
            grant: Entry {
                store: store.clone(),
                key: key.clone(),
                revision,
            },
            // Nobody else can have this entry.
            fence: Fence::new(0),
            ttl: membership.ttl,
            renews: true,
            asked,
        };
        Ok(Self {
            key,
            // It is no lock, and not counted as one.
            lease: Lease::keep(granted, &runtime, &std::sync::Arc::default()),
        })
    }

    /// Whether it surely is a member now.
    pub(super) fn is_held(&self) -> bool {
        self.lease.is_held()
    }

    /// Is a member no more.
    pub(super) async fn give_up(self) -> Result<()> {
        self.lease.release().await
    }
}

impl<B: Backend> Entry<B> {
    async fn change(&self, cx: &Context, mutation: Mutation) -> Result<bool> {
        let mut commit = Commit::new(self.store.new_revision(), Scope::Partition);
        commit.require(Condition::Revision(self.key.clone(), self.revision))?;
        commit.apply(mutation)?;
        let outcome = self.store.backend().commit(cx, commit).await;
        let outcome = outcome.map_err(|error: Error| error.at_key(&self.key))?;
        Ok(matches!(outcome, Outcome::Applied(_)))
    }
}

impl<B: Backend> Grant for Entry<B> {
    async fn renew(&self, ttl: Ttl, deadline: Deadline) -> Result<bool> {
        let cx = Context::new().for_operation("join").forced();
        let touch = Mutation::Touch {
            key: self.key.clone(),
            expiry: Expiry::After(ttl),
        };
        self.change(&cx.with_deadline(deadline), touch).await
    }

    async fn release(&self) -> Result<bool> {
        let key = self.key.clone();
        let cx = self.store.context("leave").forced();
        self.change(&cx, Mutation::Delete { key }).await
    }
}

fn encode(name: &str) -> Bytes {
    let mut out = begin();
    put_bytes(&mut out, name.as_bytes());
    out.into()
}

/// The name of the member whose entry it is.
pub(super) fn decode(bytes: &Bytes) -> Result<String> {
    let mut reader = Reader::begin("member of those who share windows", bytes)?;
    let name = reader.text()?;
    reader.end()?;
    Ok(name)
}
