//! A backend whose type is forgotten.

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
#[cfg(feature = "metrics")]
use std::sync::Arc;

use super::backend::AnyBackend;
use crate::backend::{
    Backend, Capabilities, Commit, Context, Entry, Health, Key, Node, Notify, Observation,
    Observed, Outcome, Page, Range, Scan, Snapshot, Watch, WriteBatch, Written,
};
#[cfg(feature = "json")]
use crate::backend::{Find, Found, Metadata, MetadataPut};
use crate::error::{Error, ErrorKind, Result};
#[cfg(feature = "metrics")]
use crate::layer::Record;
#[cfg(feature = "json")]
use bytes::Bytes;

/// What a backend answers, boxed.
pub(super) type Answer<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// [`Backend`], and what a backend may be beside it.
pub(super) trait Erased: fmt::Debug + Send + Sync + 'static {
    fn as_any(&self) -> &dyn Any;
    /// What lies under the layers, where this is a backend with layers around it.
    fn inside(&self) -> Option<&Inside>;
    fn capabilities(&self) -> Capabilities;
    fn node_of(&self, partition: &[u8]) -> Node;
    fn observations(&self) -> Vec<Observation>;
    fn get<'a>(
        &'a self,
        cx: &'a Context,
        keys: &'a [Key],
    ) -> Answer<'a, Result<Vec<Option<Entry>>>>;
    fn commit<'a>(&'a self, cx: &'a Context, commit: Commit) -> Answer<'a, Result<Outcome>>;
    fn commit_many<'a>(
        &'a self,
        cx: &'a Context,
        commits: Vec<Commit>,
    ) -> Answer<'a, Vec<Result<Outcome>>>;
    fn write<'a>(&'a self, cx: &'a Context, batch: WriteBatch) -> Answer<'a, Result<Written>>;
    fn range<'a>(&'a self, cx: &'a Context, range: Range) -> Answer<'a, Result<Page>>;
    fn scan<'a>(&'a self, cx: &'a Context, scan: Scan) -> Answer<'a, Result<Page>>;
    fn snapshot<'a>(
        &'a self,
        cx: &'a Context,
        namespace: Option<String>,
    ) -> Answer<'a, Result<Snapshot>>;
    fn health<'a>(&'a self, cx: &'a Context) -> Answer<'a, Result<Health>>;
    fn watch<'a>(&'a self, cx: &'a Context) -> Answer<'a, Result<Watch>>;
    #[cfg(feature = "json")]
    fn put_with_metadata<'a>(&'a self, cx: &'a Context, put: MetadataPut)
    -> Answer<'a, Result<()>>;
    #[cfg(feature = "json")]
    fn metadata<'a>(&'a self, cx: &'a Context, key: &'a Key) -> Answer<'a, Result<Option<Bytes>>>;
    #[cfg(feature = "json")]
    fn find<'a>(&'a self, cx: &'a Context, find: Find) -> Answer<'a, Result<Found>>;
}

/// A backend with what it is beside a [`Backend`].
#[derive(Debug)]
pub(super) struct Known<B> {
    pub(super) backend: B,
    pub(super) traits: Traits<B>,
    pub(super) inside: Option<Inside>,
}

/// What is known of a backend with layers around it.
#[derive(Debug)]
pub(super) struct Inside {
    /// Without them.
    pub(super) bare: AnyBackend,
    /// What its metrics count.
    #[cfg(feature = "metrics")]
    pub(super) record: Option<Arc<Record>>,
}

/// Ways to the traits that not every backend has.
pub(super) struct Traits<B> {
    observations: fn(&B) -> Vec<Observation>,
    watch: Option<WayToWatch<B>>,
    #[cfg(feature = "json")]
    metadata: Option<OfMetadata<B>>,
}

type WayToWatch<B> = for<'a> fn(&'a B, &'a Context) -> Answer<'a, Result<Watch>>;

#[cfg(feature = "json")]
type Way<B, R, T> = for<'a> fn(&'a B, &'a Context, R) -> Answer<'a, Result<T>>;

#[cfg(feature = "json")]
type WayOfKey<B> = for<'a> fn(&'a B, &'a Context, &'a Key) -> Answer<'a, Result<Option<Bytes>>>;

/// The way to [`Metadata`].
#[cfg(feature = "json")]
struct OfMetadata<B> {
    put: Way<B, MetadataPut, ()>,
    get: WayOfKey<B>,
    find: Way<B, Find, Found>,
}

impl<B: Backend> Traits<B> {
    pub(super) fn none() -> Self {
        Self {
            observations: |_| Vec::new(),
            watch: None,
            #[cfg(feature = "json")]
            metadata: None,
        }
    }

    pub(super) fn observed(mut self) -> Self
    where
        B: Observed,
    {
        self.observations = B::observations;
        self
    }

    pub(super) fn notify(mut self) -> Self
    where
        B: Notify,
    {
        self.watch = Some(|backend, cx| Box::pin(backend.watch(cx)));
        self
    }

    #[cfg(feature = "json")]
    pub(super) fn metadata(mut self) -> Self
    where
        B: Metadata,
    {
        self.metadata = Some(OfMetadata {
            put: |backend, cx, put| Box::pin(backend.put_with_metadata(cx, put)),
            get: |backend, cx, key| Box::pin(backend.metadata(cx, key)),
            find: |backend, cx, find| Box::pin(backend.find(cx, find)),
        });
        self
    }
}

impl<B> fmt::Debug for Traits<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Traits").finish_non_exhaustive()
    }
}

#[cfg(feature = "json")]
impl<B: Backend> Known<B> {
    fn of_metadata(&self) -> Result<&OfMetadata<B>> {
        self.traits.metadata.as_ref().ok_or_else(|| {
            let backend = self.backend.capabilities().backend;
            let message =
                format!("the backend `{backend}` keeps no metadata beside values; postgres does");
            Error::new(ErrorKind::Unsupported, message)
        })
    }
}

impl<B: Backend> Erased for Known<B> {
    fn as_any(&self) -> &dyn Any {
        &self.backend
    }

    fn inside(&self) -> Option<&Inside> {
        self.inside.as_ref()
    }

    fn capabilities(&self) -> Capabilities {
        self.backend.capabilities()
    }

    fn node_of(&self, partition: &[u8]) -> Node {
        self.backend.node_of(partition)
    }

    fn observations(&self) -> Vec<Observation> {
        (self.traits.observations)(&self.backend)
    }

    fn get<'a>(
        &'a self,
        cx: &'a Context,
        keys: &'a [Key],
    ) -> Answer<'a, Result<Vec<Option<Entry>>>> {
        Box::pin(self.backend.get(cx, keys))
    }

    fn commit<'a>(&'a self, cx: &'a Context, commit: Commit) -> Answer<'a, Result<Outcome>> {
        Box::pin(self.backend.commit(cx, commit))
    }

    fn commit_many<'a>(
        &'a self,
        cx: &'a Context,
        commits: Vec<Commit>,
    ) -> Answer<'a, Vec<Result<Outcome>>> {
        Box::pin(self.backend.commit_many(cx, commits))
    }

    fn write<'a>(&'a self, cx: &'a Context, batch: WriteBatch) -> Answer<'a, Result<Written>> {
        Box::pin(self.backend.write(cx, batch))
    }

    fn range<'a>(&'a self, cx: &'a Context, range: Range) -> Answer<'a, Result<Page>> {
        Box::pin(self.backend.range(cx, range))
    }

    fn scan<'a>(&'a self, cx: &'a Context, scan: Scan) -> Answer<'a, Result<Page>> {
        Box::pin(self.backend.scan(cx, scan))
    }

    fn snapshot<'a>(
        &'a self,
        cx: &'a Context,
        namespace: Option<String>,
    ) -> Answer<'a, Result<Snapshot>> {
        Box::pin(self.backend.snapshot(cx, namespace))
    }

    fn health<'a>(&'a self, cx: &'a Context) -> Answer<'a, Result<Health>> {
        Box::pin(self.backend.health(cx))
    }

    fn watch<'a>(&'a self, cx: &'a Context) -> Answer<'a, Result<Watch>> {
        if let Some(watch) = self.traits.watch {
            return watch(&self.backend, cx);
        }
        let backend = self.backend.capabilities().backend;
        let message = format!("the backend `{backend}` does not tell of changes");
        let error = Error::new(ErrorKind::Unsupported, message);
        Box::pin(std::future::ready(Err(error)))
    }

    #[cfg(feature = "json")]
    fn put_with_metadata<'a>(
        &'a self,
        cx: &'a Context,
        put: MetadataPut,
    ) -> Answer<'a, Result<()>> {
        match self.of_metadata() {
            Ok(traits) => (traits.put)(&self.backend, cx, put),
            Err(error) => Box::pin(std::future::ready(Err(error))),
        }
    }

    #[cfg(feature = "json")]
    fn metadata<'a>(&'a self, cx: &'a Context, key: &'a Key) -> Answer<'a, Result<Option<Bytes>>> {
        match self.of_metadata() {
            Ok(traits) => (traits.get)(&self.backend, cx, key),
            Err(error) => Box::pin(std::future::ready(Err(error))),
        }
    }

    #[cfg(feature = "json")]
    fn find<'a>(&'a self, cx: &'a Context, find: Find) -> Answer<'a, Result<Found>> {
        match self.of_metadata() {
            Ok(traits) => (traits.find)(&self.backend, cx, find),
            Err(error) => Box::pin(std::future::ready(Err(error))),
        }
    }
}
