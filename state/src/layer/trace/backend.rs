use std::num::NonZeroUsize;
use std::pin::{Pin, pin};
use std::sync::Arc;

use super::watch::{Namespace, Watch};
use crate::backend::{
    Backend, Capabilities, Commit, Context, Entry, Health, Item, Key, Node, Outcome, Page, Range,
    Scan, Snapshot, SnapshotReader, Write, WriteBatch, Written,
};
#[cfg(feature = "json")]
use crate::backend::{Find, Found, Metadata, MetadataPut};
use crate::error::Result;
use crate::layer::forward::forward;
use crate::layer::traffic::{Ending, Load, Yield, first_key};
#[cfg(feature = "json")]
use bytes::Bytes;

/// A backend whose requests are traced; [`TraceLayer`](super::TraceLayer) makes it.
///
/// - Each request has a **span** `typed_state.operation` of level `DEBUG` and target `typed_state`, with the store's
///   `operation`, `namespace`, `backend`, the number of `keys` (of a page, the most that it may bring), and the `outcome`:
///   `ok`, `conflict`, `error` or `cancelled`.
/// - One that takes long is an **event** of level `WARN` and target `typed_state::slow` with the same fields, the bytes of
///   encoded values that were written and read, and the time in milliseconds. There are ten in a second at the most;
///   `left_out` says how many were slow between the last one and this.
///
/// Of several keys in one request the namespace is the first one's. No span and no event holds a key or a value.
/// Where nobody listens a request costs some nanoseconds.
#[derive(Debug, Clone)]
pub struct Trace<B> {
    inner: B,
    watch: Arc<Watch>,
}

impl<B: Backend> Trace<B> {
    pub(super) fn new(inner: B, watch: Watch) -> Self {
        Self {
            inner,
            watch: Arc::new(watch),
        }
    }

    /// The backend inside.
    pub const fn inner(&self) -> &B {
        &self.inner
    }
}

/// Sends a request within its span, if it has one, and says how it ended.
macro_rules! watched {
    ($self:ident, $cx:ident, $request:expr, $send:expr, $ending:expr, $seen:expr) => {{
        let watched = $self.watch.begin($cx, || $request);
        let sent = pin!($send);
        let Some(watched) = watched else {
            return sent.await;
        };
        let answer = watched.follow(sent).await;
        watched.end($ending(&answer), $seen(&answer));
        answer
    }};
}

fn nothing<T>(_: &T) -> Yield {
    Yield::default()
}

fn of_page(answer: &Result<Page>) -> Yield {
    Yield::of_items(answer.iter().flat_map(|page| &page.items))
}

fn of_commits(answers: &[Result<Outcome>]) -> Ending {
    let endings = answers.iter().map(Ending::of_commit);
    let rank = |ending: &Ending| match ending {
        Ending::Ok => 0,
        Ending::Conflict => 1,
        Ending::Failed(_) => 2,
    };
    endings.max_by_key(rank).unwrap_or(Ending::Ok)
}

fn namespace_of(key: Option<&Key>) -> Namespace {
    Namespace::of(key.map_or(&[], Key::namespace))
}

#[deny(clippy::missing_trait_methods)]
impl<B: Backend> Backend for Trace<B> {
    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    fn node_of(&self, partition: &[u8]) -> Node {
        self.inner.node_of(partition)
    }

    async fn get(&self, cx: &Context, keys: &[Key]) -> Result<Vec<Option<Entry>>> {
        watched!(
            self,
            cx,
            (namespace_of(keys.first()), Load::of_keys(keys.len())),
            self.inner.get(cx, keys),
            Ending::of,
            Yield::of_entries
        )
    }

    async fn commit(&self, cx: &Context, commit: Commit) -> Result<Outcome> {
        watched!(
            self,
            cx,
            (namespace_of(first_key(&commit)), Load::of_commit(&commit)),
            self.inner.commit(cx, commit),
            Ending::of_commit,
            nothing
        )
    }

    async fn commit_many(&self, cx: &Context, commits: Vec<Commit>) -> Vec<Result<Outcome>> {
        let first = commits.first().and_then(first_key);
        watched!(
            self,
            cx,
            (namespace_of(first), Load::of_commits(&commits)),
            self.inner.commit_many(cx, commits),
            |answers: &Vec<_>| of_commits(answers),
            nothing
        )
    }

    async fn write(&self, cx: &Context, batch: WriteBatch) -> Result<Written> {
        let first = batch.writes.first().map(Write::key);
        watched!(
            self,
            cx,
            (namespace_of(first), Load::of_writes(&batch.writes)),
            self.inner.write(cx, batch),
            Ending::of,
            nothing
        )
    }

    async fn range(&self, cx: &Context, range: Range) -> Result<Page> {
        let namespace = Namespace::of_start(range.start.as_slice());
        watched!(
            self,
            cx,
            (namespace, Load::of_keys(range.limit.get())),
            self.inner.range(cx, range),
            Ending::of,
            of_page
        )
    }

    async fn scan(&self, cx: &Context, scan: Scan) -> Result<Page> {
        let namespace = Namespace::of(scan.namespace.as_bytes());
        watched!(
            self,
            cx,
            (namespace, Load::of_keys(scan.limit.get())),
            self.inner.scan(cx, scan),
            Ending::of,
            of_page
        )
    }

    async fn snapshot(&self, cx: &Context, namespace: Option<String>) -> Result<Snapshot> {
        let name = Namespace::of(namespace.as_deref().unwrap_or_default().as_bytes());
        let sent = async {
            let taken = self.inner.snapshot(cx, namespace).await?;
            let (taken_at, consistency) = (taken.taken_at(), taken.consistency());
            let reader = Traced {
                snapshot: taken,
                cx: *cx,
                namespace: name,
                watch: Arc::clone(&self.watch),
            };
            Ok(Snapshot::new(taken_at, consistency, reader))
        };
        watched!(self, cx, (name, Load::default()), sent, Ending::of, nothing)
    }

    async fn health(&self, cx: &Context) -> Result<Health> {
        watched!(
            self,
            cx,
            (Namespace::of(&[]), Load::default()),
            self.inner.health(cx),
            Ending::of,
            nothing
        )
    }
}

#[cfg(feature = "json")]
#[deny(clippy::missing_trait_methods)]
impl<B: Metadata> Metadata for Trace<B> {
    async fn put_with_metadata(&self, cx: &Context, put: MetadataPut) -> Result<()> {
        let load = Load {
            keys: 1,
            bytes: put.value.len(),
        };
        watched!(
            self,
            cx,
            (namespace_of(Some(&put.key)), load),
            self.inner.put_with_metadata(cx, put),
            Ending::of,
            nothing
        )
    }

    async fn metadata(&self, cx: &Context, key: &Key) -> Result<Option<Bytes>> {
        watched!(
            self,
            cx,
            (namespace_of(Some(key)), Load::of_keys(1)),
            self.inner.metadata(cx, key),
            Ending::of,
            nothing
        )
    }

    async fn find(&self, cx: &Context, find: Find) -> Result<Found> {
        let namespace = Namespace::of(find.namespace.as_bytes());
        let seen = |answer: &Result<Found>| {
            let items = answer.iter().flat_map(|found| &found.items);
            Yield::of_items(items.map(|found| &found.item))
        };
        watched!(
            self,
            cx,
            (namespace, Load::of_keys(find.limit.get())),
            self.inner.find(cx, find),
            Ending::of,
            seen
        )
    }
}

/// A snapshot whose pages are traced.
struct Traced {
    snapshot: Snapshot,
    cx: Context,
    namespace: Namespace,
    watch: Arc<Watch>,
}

impl SnapshotReader for Traced {
    fn next<'a>(
        &'a mut self,
        limit: NonZeroUsize,
    ) -> Pin<Box<dyn Future<Output = Result<Vec<Item>>> + Send + 'a>> {
        Box::pin(async move {
            let cx = &self.cx;
            let seen = |answer: &Result<Vec<Item>>| Yield::of_items(answer.iter().flatten());
            watched!(
                self,
                cx,
                (self.namespace, Load::of_keys(limit.get())),
                self.snapshot.next(limit),
                Ending::of,
                seen
            )
        })
    }
}

forward!(Trace);
