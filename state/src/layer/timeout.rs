//! A deadline for every operation that has none.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::Layer;
use crate::backend::{
    Backend, Capabilities, Commit, Context, Deadline, Entry, Health, Key, Node, Outcome, Page,
    Range, Scan, Snapshot, WriteBatch, Written,
};
#[cfg(feature = "json")]
use crate::backend::{Find, Found, Metadata, MetadataPut};
use crate::error::{Error, ErrorKind, Result};
use crate::layer::forward::forward;

/// How long after its deadline a call is cut off. A backend that heeds deadlines has answered by then, and knows
/// better what it did.
const GRACE: Duration = Duration::from_millis(50);

/// A time limit for every operation whose caller sets none: 10 s by default.
///
/// A caller's own deadline ([`Store::with_timeout`](crate::Store::with_timeout)) stands, shorter or longer. One deadline covers all that
/// happens below this layer: retries and their pauses, waits for connections, and the store's own work.
///
/// A backend that does not answer is left alone 50 ms past the deadline. A read ends with
/// [`Timeout`](ErrorKind::Timeout) then; what writes ends with [`OutcomeUnknown`](ErrorKind::OutcomeUnknown).
///
/// A timer is set only where the answer is not there at once; that takes a tokio runtime with its time enabled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeoutLayer {
    timeout: Duration,
}

impl TimeoutLayer {
    /// A limit of `timeout`; one that no clock can hold is none.
    pub const fn new(timeout: Duration) -> Self {
        Self { timeout }
    }
}

impl Default for TimeoutLayer {
    fn default() -> Self {
        Self::new(Duration::from_secs(10))
    }
}

impl<B: Backend> Layer<B> for TimeoutLayer {
    type Backend = Timeout<B>;

    fn over(self, inner: B) -> Timeout<B> {
        Timeout {
            inner,
            timeout: self.timeout,
        }
    }
}

/// A backend whose operations all have a deadline; see [`TimeoutLayer`].
#[derive(Debug, Clone)]
pub struct Timeout<B> {
    inner: B,
    timeout: Duration,
}

impl<B> Timeout<B> {
    /// The backend under this layer.
    pub const fn inner(&self) -> &B {
        &self.inner
    }

    #[inline]
    fn limit(&self, cx: &Context) -> Context {
        let mut cx = *cx;
        if cx.deadline.is_none() {
            // Of the runtime's clock, so that a test with paused time sees it pass.
            let now = Instant::now().into_std();
            cx.deadline = now.checked_add(self.timeout).map(Deadline::at);
        }
        cx
    }
}

/// The answer of `call`; `late` where there is none soon after the deadline.
///
/// The call comes pinned, so that it lies in one future and not again in this one. What waits is apart, as most of it is a
/// timer, which an answer that is there at once needs no room for.
async fn bounded<T: Send>(
    cx: &Context,
    mut call: Pin<&mut (impl Future<Output = T> + Send)>,
    late: impl FnOnce() -> T + Send,
) -> T {
    match poll_fn(|task| Poll::Ready(call.as_mut().poll(task))).await {
        Poll::Ready(answer) => answer,
        Poll::Pending => Box::pin(awaited(cx, call, late)).await,
    }
}

async fn awaited<T>(cx: &Context, call: impl Future<Output = T>, late: impl FnOnce() -> T) -> T {
    let deadline = cx.deadline.map(Deadline::instant);
    let Some(end) = deadline.and_then(|deadline| deadline.checked_add(GRACE)) else {
        return call.await;
    };
    timeout_at(Instant::from_std(end), call)
        .await
        .unwrap_or_else(|_| late())
}

fn unread<T>() -> Result<T> {
    Err(Error::new(
        ErrorKind::Timeout,
        "the store had not answered when the deadline had passed; give it more time, or try again",
    ))
}

fn unknown<T>() -> Result<T> {
    Err(Error::new(
        ErrorKind::OutcomeUnknown,
        "the store had not answered when the deadline had passed: it was applied, or was not, or will be; read what \
         stands there before you send it again",
    ))
}

#[deny(clippy::missing_trait_methods)]
impl<B: Backend> Backend for Timeout<B> {
    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    fn node_of(&self, partition: &[u8]) -> Node {
        self.inner.node_of(partition)
    }

    async fn get(&self, cx: &Context, keys: &[Key]) -> Result<Vec<Option<Entry>>> {
        let cx = self.limit(cx);
        bounded(&cx, pin!(self.inner.get(&cx, keys)), unread).await
    }

    async fn commit(&self, cx: &Context, commit: Commit) -> Result<Outcome> {
        let cx = self.limit(cx);
        bounded(&cx, pin!(self.inner.commit(&cx, commit)), unknown).await
    }

    async fn commit_many(&self, cx: &Context, commits: Vec<Commit>) -> Vec<Result<Outcome>> {
        let cx = self.limit(cx);
        let count = commits.len();
        let late = || (0..count).map(|_| unknown()).collect();
        bounded(&cx, pin!(self.inner.commit_many(&cx, commits)), late).await
    }

    async fn write(&self, cx: &Context, batch: WriteBatch) -> Result<Written> {
        let cx = self.limit(cx);
        bounded(&cx, pin!(self.inner.write(&cx, batch)), unknown).await
    }

    async fn range(&self, cx: &Context, range: Range) -> Result<Page> {
        let cx = self.limit(cx);
        bounded(&cx, pin!(self.inner.range(&cx, range)), unread).await
    }

    async fn scan(&self, cx: &Context, scan: Scan) -> Result<Page> {
        let cx = self.limit(cx);
        bounded(&cx, pin!(self.inner.scan(&cx, scan)), unread).await
    }

    /// The deadline is that of the opening; a snapshot is read for as long as it takes.
    async fn snapshot(&self, cx: &Context, namespace: Option<String>) -> Result<Snapshot> {
        let cx = self.limit(cx);
        bounded(&cx, pin!(self.inner.snapshot(&cx, namespace)), unread).await
    }

    async fn health(&self, cx: &Context) -> Result<Health> {
        let cx = self.limit(cx);
        bounded(&cx, pin!(self.inner.health(&cx)), unread).await
    }
}

#[cfg(feature = "json")]
#[deny(clippy::missing_trait_methods)]
impl<B: Metadata> Metadata for Timeout<B> {
    async fn put_with_metadata(&self, cx: &Context, put: MetadataPut) -> Result<()> {
        let cx = self.limit(cx);
        bounded(&cx, pin!(self.inner.put_with_metadata(&cx, put)), unknown).await
    }

    async fn metadata(&self, cx: &Context, key: &Key) -> Result<Option<bytes::Bytes>> {
        let cx = self.limit(cx);
        bounded(&cx, pin!(self.inner.metadata(&cx, key)), unread).await
    }

    async fn find(&self, cx: &Context, find: Find) -> Result<Found> {
        let cx = self.limit(cx);
        bounded(&cx, pin!(self.inner.find(&cx, find)), unread).await
    }
}

forward!(Timeout);
