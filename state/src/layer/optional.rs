//! A layer that may be left out, as somebody says who runs the program.

use super::Layer;
use crate::backend::{
    Backend, Capabilities, Commit, Context, Entry, Health, Key, Node, Notify, Observation,
    Observed, Outcome, Page, Range, ReplicaReads, Scan, Snapshot, TotalOrder, Transactional, Watch,
    WriteBatch, Written,
};
#[cfg(feature = "json")]
use crate::backend::{Find, Found, Metadata, MetadataPut};
use crate::error::Result;

/// A backend with a layer around it, or without.
#[derive(Debug, Clone)]
pub enum Optional<On, Off> {
    /// With it.
    On(On),
    /// Without.
    Off(Off),
}

impl<B: Backend, L: Layer<B>> Layer<B> for Option<L> {
    type Backend = Optional<L::Backend, B>;

    fn over(self, inner: B) -> Self::Backend {
        match self {
            Some(layer) => Optional::On(layer.over(inner)),
            None => Optional::Off(inner),
        }
    }
}

macro_rules! either {
    ($self:ident, $backend:ident => $call:expr) => {
        match $self {
            Optional::On($backend) => $call,
            Optional::Off($backend) => $call,
        }
    };
}

impl<On: Transactional, Off: Transactional> Transactional for Optional<On, Off> {}
impl<On: TotalOrder, Off: TotalOrder> TotalOrder for Optional<On, Off> {}
impl<On: ReplicaReads, Off: ReplicaReads> ReplicaReads for Optional<On, Off> {}

#[deny(clippy::missing_trait_methods)]
impl<On: Backend, Off: Backend> Backend for Optional<On, Off> {
    fn capabilities(&self) -> Capabilities {
        either!(self, inner => inner.capabilities())
    }

    fn node_of(&self, partition: &[u8]) -> Node {
        either!(self, inner => inner.node_of(partition))
    }

    async fn get(&self, cx: &Context, keys: &[Key]) -> Result<Vec<Option<Entry>>> {
        either!(self, inner => inner.get(cx, keys).await)
    }

    async fn commit(&self, cx: &Context, commit: Commit) -> Result<Outcome> {
        either!(self, inner => inner.commit(cx, commit).await)
    }

    async fn commit_many(&self, cx: &Context, commits: Vec<Commit>) -> Vec<Result<Outcome>> {
        either!(self, inner => inner.commit_many(cx, commits).await)
    }

    async fn write(&self, cx: &Context, batch: WriteBatch) -> Result<Written> {
        either!(self, inner => inner.write(cx, batch).await)
    }

    async fn range(&self, cx: &Context, range: Range) -> Result<Page> {
        either!(self, inner => inner.range(cx, range).await)
    }

    async fn scan(&self, cx: &Context, scan: Scan) -> Result<Page> {
        either!(self, inner => inner.scan(cx, scan).await)
    }

    async fn snapshot(&self, cx: &Context, namespace: Option<String>) -> Result<Snapshot> {
        either!(self, inner => inner.snapshot(cx, namespace).await)
    }

    async fn health(&self, cx: &Context) -> Result<Health> {
        either!(self, inner => inner.health(cx).await)
    }
}

#[cfg(feature = "json")]
#[deny(clippy::missing_trait_methods)]
impl<On: Metadata, Off: Metadata> Metadata for Optional<On, Off> {
    async fn put_with_metadata(&self, cx: &Context, put: MetadataPut) -> Result<()> {
        either!(self, inner => inner.put_with_metadata(cx, put).await)
    }

    async fn metadata(&self, cx: &Context, key: &Key) -> Result<Option<bytes::Bytes>> {
        either!(self, inner => inner.metadata(cx, key).await)
    }

    async fn find(&self, cx: &Context, find: Find) -> Result<Found> {
        either!(self, inner => inner.find(cx, find).await)
    }
}

impl<On: Notify, Off: Notify> Notify for Optional<On, Off> {
    async fn watch(&self, cx: &Context) -> Result<Watch> {
        either!(self, inner => inner.watch(cx).await)
    }
}

impl<On: Observed, Off: Observed> Observed for Optional<On, Off> {
    fn observations(&self) -> Vec<Observation> {
        either!(self, inner => inner.observations())
    }
}
