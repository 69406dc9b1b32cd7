use std::fmt;
use std::sync::Arc;

use super::erased::{Erased, Inside, Known, Traits};
use crate::backend::{
    Backend, Capabilities, Commit, Context, Entry, Health, Key, Node, Notify, Observation,
    Observed, Outcome, Page, Range, ReplicaReads, Scan, Scope, Snapshot, TotalOrder, Transactional,
    Watch, WriteBatch, Written,
};
#[cfg(feature = "json")]
use crate::backend::{Find, Found, Metadata, MetadataPut};
use crate::error::{Error, ErrorKind, Result};
#[cfg(feature = "metrics")]
use crate::layer::{Record, Statistics};
#[cfg(feature = "json")]
use bytes::Bytes;

/// What every backend of the library and its layers have.
#[cfg(feature = "json")]
pub(super) trait Layered: Observed + Notify + Metadata {}
#[cfg(feature = "json")]
impl<B: Observed + Notify + Metadata> Layered for B {}
#[cfg(not(feature = "json"))]
pub(super) trait Layered: Observed + Notify {}
#[cfg(not(feature = "json"))]
impl<B: Observed + Notify> Layered for B {}

/// A backend chosen at run time; cloning is cheap and shares it.
///
/// It has every operation that any backend has. One that the backend inside cannot do fails with
/// [`Unsupported`](ErrorKind::Unsupported), before anything is sent; [`capabilities`](Backend::capabilities) tell
/// beforehand. Reads that may be answered by replicas ([`Store::with_replica_reads`](crate::Store::with_replica_reads))
/// are answered by the primary where the backend has no replicas, as they are where Redis has none: that is never
/// less than was asked for.
#[derive(Clone)]
pub struct AnyBackend(Arc<dyn Erased>);

impl AnyBackend {
    /// A backend of any type, the library's or not, with what every backend has.
    ///
    /// Transactions and ranges over partitions are let through where its capabilities have them. The library's own
    /// come by `From` with all that they have.
    pub fn new(backend: impl Backend) -> Self {
        Self::of(backend, Traits::none())
    }

    /// The same with its metadata.
    #[cfg(feature = "json")]
    pub fn with_metadata(backend: impl Metadata) -> Self {
        Self::of(backend, Traits::none().metadata())
    }

    fn of<B: Backend>(backend: B, traits: Traits<B>) -> Self {
        Self(Arc::new(Known {
            backend,
            traits,
            inside: None,
        }))
    }

    /// A backend with layers around it, which have all that a backend may have beside.
    pub(super) fn layered<B: Layered>(
        backend: B,
        bare: Self,
        #[cfg(feature = "metrics")] record: Option<Arc<Record>>,
    ) -> Self {
        let traits = Traits::none().observed().notify();
        #[cfg(feature = "json")]
        let traits = traits.metadata();
        let inside = Inside {
            bare,
            #[cfg(feature = "metrics")]
            record,
        };
        Self(Arc::new(Known {
            backend,
            traits,
            inside: Some(inside),
        }))
    }

    /// The numbers of a store that was opened with metrics, since then.
    #[cfg(feature = "metrics")]
    pub fn statistics(&self) -> Option<Statistics> {
        let record = self.0.inside()?.record.as_ref()?;
        Some(record.statistics())
    }

    /// The backend inside, under its layers, where it is a `B`: for what one backend has alone.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> typed_state::Result<()> {
    /// use typed_state::AnyBackend;
    /// use typed_state::backends::{Embedded, Memory};
    ///
    /// let backend = AnyBackend::connect("memory:").await?;
    /// assert!(backend.downcast_ref::<Memory>().is_some());
    /// if let Some(embedded) = backend.downcast_ref::<Embedded>() {
    ///     embedded.close().await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn downcast_ref<B: Backend>(&self) -> Option<&B> {
        let bare = || self.0.inside()?.bare.downcast_ref();
        self.0.as_any().downcast_ref().or_else(bare)
    }

    fn unsupported(&self, what: &str) -> Error {
        let backend = self.0.capabilities().backend;
        let message = format!("the backend `{backend}` has no {what}; nothing was done");
        Error::new(ErrorKind::Unsupported, message)
    }

    fn check_commit(&self, commit: &Commit) -> Result<()> {
        if commit.scope() == Scope::Store && !self.0.capabilities().transactional {
            return Err(self.unsupported(
                "commits over several partitions: mark the fields that the keys share `#[state(partition)]`",
            ));
        }
        Ok(())
    }
}

impl fmt::Debug for AnyBackend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AnyBackend")
            .field(&self.0.capabilities().backend)
            .finish()
    }
}

impl From<crate::backends::Memory> for AnyBackend {
    fn from(backend: crate::backends::Memory) -> Self {
        Self::of(backend, Traits::none().observed().notify())
    }
}

#[cfg(feature = "embedded")]
impl From<crate::backends::Embedded> for AnyBackend {
    fn from(backend: crate::backends::Embedded) -> Self {
        Self::of(backend, Traits::none().observed().notify())
    }
}

#[cfg(feature = "redis")]
impl From<crate::backends::Redis> for AnyBackend {
    fn from(backend: crate::backends::Redis) -> Self {
        Self::of(backend, Traits::none().observed().notify())
    }
}

#[cfg(feature = "postgres")]
impl From<crate::backends::Postgres> for AnyBackend {
    fn from(backend: crate::backends::Postgres) -> Self {
        Self::of(backend, Traits::none().observed().notify().metadata())
    }
}

impl Transactional for AnyBackend {}
impl TotalOrder for AnyBackend {}
impl ReplicaReads for AnyBackend {}

impl Observed for AnyBackend {
    fn observations(&self) -> Vec<Observation> {
        self.0.observations()
    }
}

#[deny(clippy::missing_trait_methods)]
impl Backend for AnyBackend {
    fn capabilities(&self) -> Capabilities {
        self.0.capabilities()
    }

    fn node_of(&self, partition: &[u8]) -> Node {
        self.0.node_of(partition)
    }

    async fn get(&self, cx: &Context, keys: &[Key]) -> Result<Vec<Option<Entry>>> {
        self.0.get(cx, keys).await
    }

    async fn commit(&self, cx: &Context, commit: Commit) -> Result<Outcome> {
        self.check_commit(&commit)?;
        self.0.commit(cx, commit).await
    }

    async fn commit_many(&self, cx: &Context, commits: Vec<Commit>) -> Vec<Result<Outcome>> {
        let refused = commits
            .iter()
            .any(|commit| self.check_commit(commit).is_err());
        if !refused {
            return self.0.commit_many(cx, commits).await;
        }
        let decided = commits.into_iter().map(|commit| self.commit(cx, commit));
        futures_util::future::join_all(decided).await
    }

    async fn write(&self, cx: &Context, batch: WriteBatch) -> Result<Written> {
        self.0.write(cx, batch).await
    }

    async fn range(&self, cx: &Context, range: Range) -> Result<Page> {
        if range.partition_end.is_none() && !self.0.capabilities().total_order {
            return Err(self.unsupported(
                "ranges over several partitions: fix every `#[state(partition)]` field and use \
                 `Store::range`, or `Store::scan` for any order",
            ));
        }
        self.0.range(cx, range).await
    }

    async fn scan(&self, cx: &Context, scan: Scan) -> Result<Page> {
        self.0.scan(cx, scan).await
    }

    async fn snapshot(&self, cx: &Context, namespace: Option<String>) -> Result<Snapshot> {
        self.0.snapshot(cx, namespace).await
    }

    async fn health(&self, cx: &Context) -> Result<Health> {
        self.0.health(cx).await
    }
}

impl Notify for AnyBackend {
    async fn watch(&self, cx: &Context) -> Result<Watch> {
        self.0.watch(cx).await
    }
}

#[cfg(feature = "json")]
#[deny(clippy::missing_trait_methods)]
impl Metadata for AnyBackend {
    async fn put_with_metadata(&self, cx: &Context, put: MetadataPut) -> Result<()> {
        self.0.put_with_metadata(cx, put).await
    }

    async fn metadata(&self, cx: &Context, key: &Key) -> Result<Option<Bytes>> {
        self.0.metadata(cx, key).await
    }

    async fn find(&self, cx: &Context, find: Find) -> Result<Found> {
        self.0.find(cx, find).await
    }
}
