use std::fmt;
use std::iter::once;
use std::num::NonZeroUsize;
use std::pin::Pin;
use std::sync::Arc;

use super::options::MetricsLayer;
use super::record::Record;
use super::statistics::Statistics;
use crate::backend::{
    Backend, Capabilities, Commit, Context, Entry, Health, Item, Key, Node, Observation, Outcome,
    Page, Range, Scan, Snapshot, SnapshotReader, WriteBatch, Written,
};
#[cfg(feature = "json")]
use crate::backend::{Find, Found, Metadata, MetadataPut};
use crate::error::Result;
use crate::layer::forward::forward;
use crate::layer::traffic::{Ending, Load, Yield};
#[cfg(feature = "json")]
use bytes::Bytes;

/// A backend whose operations are counted and timed; [`MetricsLayer`] makes it.
///
/// [`Store::register_metrics`](crate::Store::register_metrics) has a registry show these metrics, all with the labels
/// `backend` and `store`:
///
/// | metric | what |
/// | --- | --- |
/// | `state_operations_total{operation,outcome}` | requests to the backend; the outcome is `ok`, `conflict`, `error` or `cancelled` |
/// | `state_operation_duration_seconds{operation}` | how long they took, a histogram |
/// | `state_errors_total{kind}` | those that failed, by [`ErrorKind`](crate::ErrorKind) |
/// | `state_bytes_total{direction}` | bytes of values, encoded: `read` and `written` |
/// | `state_compression_ratio` | size with compression by size without, a histogram over the values that the store encoded and that are large enough to be compressed |
///
/// The operation is that of the store, such as `get` or `update`; one that was dropped before its end is `cancelled`.
/// Each of several commits that are decided together is counted for itself. What is sent for the conditions of a commit that
/// failed or conflicted is not counted as written. The clones of one share its numbers. Ratios are known where
/// [`StoreBuilder::metrics`](crate::store::StoreBuilder::metrics) put the layer on.
#[derive(Clone)]
pub struct Metrics<B> {
    inner: B,
    record: Arc<Record>,
}

impl<B: Backend> Metrics<B> {
    pub(super) fn new(options: MetricsLayer, inner: B) -> Self {
        Self {
            inner,
            record: Arc::new(Record::new(options.compressed)),
        }
    }

    /// The backend inside.
    pub const fn inner(&self) -> &B {
        &self.inner
    }

    /// The numbers since the layer was made.
    pub fn statistics(&self) -> Statistics {
        self.record.statistics()
    }

    /// What is counted.
    #[cfg(feature = "any")]
    pub(crate) fn record(&self) -> Arc<Record> {
        Arc::clone(&self.record)
    }

    fn told(&self) -> Vec<Observation> {
        self.record.told()
    }
}

impl<B: fmt::Debug> fmt::Debug for Metrics<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics")
            .field("inner", &self.inner)
            .finish_non_exhaustive()
    }
}

#[deny(clippy::missing_trait_methods)]
impl<B: Backend> Backend for Metrics<B> {
    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    fn node_of(&self, partition: &[u8]) -> Node {
        self.inner.node_of(partition)
    }

    async fn get(&self, cx: &Context, keys: &[Key]) -> Result<Vec<Option<Entry>>> {
        let running = self.record.begin(cx.operation);
        let answer = self.inner.get(cx, keys).await;
        let record = running.end(once(Ending::of(&answer)));
        record.read(Yield::of_entries(&answer));
        answer
    }

    async fn commit(&self, cx: &Context, commit: Commit) -> Result<Outcome> {
        let load = Load::of_commit(&commit);
        let running = self.record.begin(cx.operation);
        let answer = self.inner.commit(cx, commit).await;
        let ending = Ending::of_commit(&answer);
        let record = running.end(once(ending));
        if ending == Ending::Ok {
            record.wrote(load.bytes);
        }
        answer
    }

    async fn commit_many(&self, cx: &Context, commits: Vec<Commit>) -> Vec<Result<Outcome>> {
        let loads: Vec<Load> = commits.iter().map(Load::of_commit).collect();
        let running = self.record.begin(cx.operation).times(commits.len() as u64);
        let answers = self.inner.commit_many(cx, commits).await;
        let endings = answers.iter().map(Ending::of_commit);
        let record = running.end(endings.clone());
        let applied = endings
            .zip(loads)
            .filter(|(ending, _)| *ending == Ending::Ok);
        record.wrote(applied.map(|(_, load)| load.bytes).sum());
        answers
    }

    async fn write(&self, cx: &Context, batch: WriteBatch) -> Result<Written> {
        let load = Load::of_writes(&batch.writes);
        let running = self.record.begin(cx.operation);
        let answer = self.inner.write(cx, batch).await;
        let record = running.end(once(Ending::of(&answer)));
        if answer.is_ok() {
            record.wrote(load.bytes);
        }
        answer
    }

    async fn range(&self, cx: &Context, range: Range) -> Result<Page> {
        let running = self.record.begin(cx.operation);
        let answer = self.inner.range(cx, range).await;
        let record = running.end(once(Ending::of(&answer)));
        record.read(Yield::of_items(answer.iter().flat_map(|page| &page.items)));
        answer
    }

    async fn scan(&self, cx: &Context, scan: Scan) -> Result<Page> {
        let running = self.record.begin(cx.operation);
        let answer = self.inner.scan(cx, scan).await;
        let record = running.end(once(Ending::of(&answer)));
        record.read(Yield::of_items(answer.iter().flat_map(|page| &page.items)));
        answer
    }

    async fn snapshot(&self, cx: &Context, namespace: Option<String>) -> Result<Snapshot> {
        let running = self.record.begin(cx.operation);
        let answer = self.inner.snapshot(cx, namespace).await;
        running.end(once(Ending::of(&answer)));
        let snapshot = answer?;
        let (taken_at, consistency) = (snapshot.taken_at(), snapshot.consistency());
        let reader = Measured {
            snapshot,
            operation: cx.operation,
            record: Arc::clone(&self.record),
        };
        Ok(Snapshot::new(taken_at, consistency, reader))
    }

    async fn health(&self, cx: &Context) -> Result<Health> {
        let running = self.record.begin(cx.operation);
        let answer = self.inner.health(cx).await;
        running.end(once(Ending::of(&answer)));
        answer
    }
}

#[cfg(feature = "json")]
#[deny(clippy::missing_trait_methods)]
impl<B: Metadata> Metadata for Metrics<B> {
    async fn put_with_metadata(&self, cx: &Context, put: MetadataPut) -> Result<()> {
        let bytes = put.value.len();
        let running = self.record.begin(cx.operation);
        let answer = self.inner.put_with_metadata(cx, put).await;
        let record = running.end(once(Ending::of(&answer)));
        if answer.is_ok() {
            record.wrote(bytes);
        }
        answer
    }

    async fn metadata(&self, cx: &Context, key: &Key) -> Result<Option<Bytes>> {
        let running = self.record.begin(cx.operation);
        let answer = self.inner.metadata(cx, key).await;
        running.end(once(Ending::of(&answer)));
        answer
    }

    async fn find(&self, cx: &Context, find: Find) -> Result<Found> {
        let running = self.record.begin(cx.operation);
        let answer = self.inner.find(cx, find).await;
        let record = running.end(once(Ending::of(&answer)));
        let items = answer.iter().flat_map(|found| &found.items);
        record.read(Yield::of_items(items.map(|found| &found.item)));
        answer
    }
}

/// A snapshot whose pages are counted as operations.
struct Measured {
    snapshot: Snapshot,
    operation: &'static str,
    record: Arc<Record>,
}

impl SnapshotReader for Measured {
    fn next<'a>(
        &'a mut self,
        limit: NonZeroUsize,
    ) -> Pin<Box<dyn Future<Output = Result<Vec<Item>>> + Send + 'a>> {
        Box::pin(async move {
            let running = self.record.begin(self.operation);
            let answer = self.snapshot.next(limit).await;
            let record = running.end(once(Ending::of(&answer)));
            record.read(Yield::of_items(answer.iter().flatten()));
            answer
        })
    }
}

forward!(Metrics, Metrics::told);
