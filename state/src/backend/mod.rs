//! The contract: what a backend does to bytes.
//!
//! Six operations (get, commit, write, range, scan, snapshot), of which a commit may come with others, and two
//! questions (capabilities, health). Everything typed stands above this line and is written once.

mod batch;
mod capabilities;
mod commit;
mod context;
mod counter;
mod entry;
mod expiry;
mod health;
#[cfg(feature = "json")]
mod json_object;
mod key;
mod key_bytes;
#[cfg(feature = "json")]
mod metadata;
mod node;
mod notify;
mod observed;
mod page;
#[cfg(feature = "json")]
mod predicate;
mod replica_reads;
mod revision;
mod snapshot;
mod transactional;

use std::fmt;
use std::future::Future;
use std::sync::Arc;

pub use self::batch::{Write, WriteBatch, Written};
pub use self::capabilities::{Capabilities, Consistency};
pub use self::commit::{
    Commit, Condition, Conflict, Effect, FailedCondition, Mutation, Outcome, Scope,
};
pub use self::context::{Context, Deadline, Reads};
pub use self::counter::{add_to_counter, decode_counter, encode_counter};
pub use self::entry::{Entry, Item};
pub use self::expiry::{Expiry, Ttl};
pub use self::health::{Health, Role, ServerHealth};
#[cfg(feature = "json")]
pub use self::json_object::{JsonObject, MAX_METADATA_LEN};
pub(crate) use self::key::Escaped;
pub use self::key::{Key, MAX_KEY_LEN, MAX_NAMESPACE_LEN};
pub(crate) use self::key_bytes::INLINE_LEN;
pub use self::key_bytes::KeyBytes;
#[cfg(feature = "json")]
pub use self::metadata::{Find, Found, Metadata, MetadataItem, MetadataPut};
pub use self::node::Node;
pub use self::notify::{Announcer, Notice, Notify, Watch};
pub use self::observed::{Course, Distribution, Observation, Observed, Reading};
pub use self::page::{
    Cursor, Direction, KeyBounds, Page, Projection, Range, Scan, namespace_bounds,
};
#[cfg(feature = "json")]
pub use self::predicate::{Bound, Comparison, Predicate};
pub use self::replica_reads::ReplicaReads;
pub use self::revision::Revision;
pub use self::snapshot::{Snapshot, SnapshotReader};
pub use self::transactional::{TotalOrder, Transactional};

use crate::error::Result;

/// A store of bytes: ordered where it says so, transactional within a partition, with expiry.
///
/// Implementors write every method; none that does anything has a default body, so that no wrapper silently loses
/// a feature. Users call [`Store`](crate::Store), not this.
///
/// Rules that hold for every method:
/// - **Expiry** is judged by the store's clock. An expired entry is absent: from reads, conditions,
///   ranges, scans and snapshots, whether or not it has been swept.
/// - **The deadline** of the [`Context`] covers the whole call. A request that has not been applied
///   by then is not applied later, except a [`write`](Self::write) and, where the backend says so, a commit of one
///   put or delete without condition.
/// - **Errors** tell what the store did: [`OutcomeUnknown`](crate::ErrorKind::OutcomeUnknown) where the
///   answer was lost; every other kind means that nothing was applied (a `write` says otherwise).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a backend",
    label = "not a backend",
    note = "pick one of the types in `typed_state::backends`, or implement `typed_state::backend::Backend`"
)]
pub trait Backend: fmt::Debug + Send + Sync + 'static {
    /// What this backend can do and promises.
    fn capabilities(&self) -> Capabilities;

    /// The node that has a partition ([`Key::partition`]) now, as far as is known without asking anybody.
    ///
    /// A backend of one node, as by default, says [`Node::ONLY`] of every partition, and one of several never does. Its
    /// errors name theirs ([`Error::at_node`](crate::Error::at_node)).
    #[inline]
    fn node_of(&self, partition: &[u8]) -> Node {
        let _ = partition;
        Node::ONLY
    }

    /// Reads entries of any partitions: one answer a key, in the keys' order, duplicates answered twice.
    ///
    /// Each entry is read atomically; two of them may be of different moments.
    ///
    /// Cancellation: reads leave nothing behind.
    fn get(
        &self,
        cx: &Context,
        keys: &[Key],
    ) -> impl Future<Output = Result<Vec<Option<Entry>>>> + Send;

    /// Checks all conditions, then applies all mutations in order, or nothing; atomic and linearizable
    /// per partition.
    ///
    /// Cancellation: a dropped future leaves the outcome unknown; the commit applies wholly or not at all.
    fn commit(&self, cx: &Context, commit: Commit) -> impl Future<Output = Result<Outcome>> + Send;

    /// Decides several commits, each for itself as [`commit`](Self::commit) does, together in as few round trips as may
    /// be: one answer a commit, in their order. Commits on common keys are decided in any order.
    ///
    /// Cancellation: a dropped future leaves the outcomes unknown; each commit applies wholly or not at all.
    fn commit_many(
        &self,
        cx: &Context,
        commits: Vec<Commit>,
    ) -> impl Future<Output = Vec<Result<Outcome>>> + Send;

    /// Applies unconditional writes of any partitions: each entry atomically, the last of duplicates wins.
    ///
    /// After an error some of the writes may have been applied; the same batch may be sent again.
    ///
    /// Cancellation: a dropped future leaves any part of the batch applied.
    fn write(
        &self,
        cx: &Context,
        batch: WriteBatch,
    ) -> impl Future<Output = Result<Written>> + Send;

    /// Reads a page of a range of keys, in the order of their bytes.
    ///
    /// Without [`TotalOrder`] the range must lie in one partition. Pages under concurrent writes never
    /// skip a key that lives throughout and never repeat one.
    ///
    /// Cancellation: reads leave nothing behind.
    fn range(&self, cx: &Context, range: Range) -> impl Future<Output = Result<Page>> + Send;

    /// Reads a page of a namespace, in any order: every key that lives throughout comes at least once
    /// over all pages, and never twice in one page.
    ///
    /// Cancellation: reads leave nothing behind.
    fn scan(&self, cx: &Context, scan: Scan) -> impl Future<Output = Result<Page>> + Send;

    /// Opens a view of the whole store (or of one namespace) that later writes do not change, as far as
    /// [`Capabilities::snapshot`] promises; it does not stop writers.
    ///
    /// Cancellation: dropping the view frees what it holds.
    fn snapshot(
        &self,
        cx: &Context,
        namespace: Option<String>,
    ) -> impl Future<Output = Result<Snapshot>> + Send;

    /// Whether the store can serve, and since how long it answered.
    ///
    /// Cancellation: nothing is left behind.
    fn health(&self, cx: &Context) -> impl Future<Output = Result<Health>> + Send;
}

#[deny(clippy::missing_trait_methods)]
impl<B: Backend> Backend for Arc<B> {
    fn capabilities(&self) -> Capabilities {
        (**self).capabilities()
    }

    fn node_of(&self, partition: &[u8]) -> Node {
        (**self).node_of(partition)
    }

    async fn get(&self, cx: &Context, keys: &[Key]) -> Result<Vec<Option<Entry>>> {
        (**self).get(cx, keys).await
    }

    async fn commit(&self, cx: &Context, commit: Commit) -> Result<Outcome> {
        (**self).commit(cx, commit).await
    }

    async fn commit_many(&self, cx: &Context, commits: Vec<Commit>) -> Vec<Result<Outcome>> {
        (**self).commit_many(cx, commits).await
    }

    async fn write(&self, cx: &Context, batch: WriteBatch) -> Result<Written> {
        (**self).write(cx, batch).await
    }

    async fn range(&self, cx: &Context, range: Range) -> Result<Page> {
        (**self).range(cx, range).await
    }

    async fn scan(&self, cx: &Context, scan: Scan) -> Result<Page> {
        (**self).scan(cx, scan).await
    }

    async fn snapshot(&self, cx: &Context, namespace: Option<String>) -> Result<Snapshot> {
        (**self).snapshot(cx, namespace).await
    }

    async fn health(&self, cx: &Context) -> Result<Health> {
        (**self).health(cx).await
    }
}

impl<B: Notify> Notify for Arc<B> {
    async fn watch(&self, cx: &Context) -> Result<Watch> {
        (**self).watch(cx).await
    }
}
