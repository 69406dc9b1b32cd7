use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::sleep;

use super::config::{FaultKind, FaultPoint};
use super::draw::Draw;
use crate::backend::{
    Backend, Capabilities, Commit, Context, Entry, Health, Key, Node, Outcome, Page, Range, Scan,
    Snapshot, WriteBatch, Written,
};
#[cfg(feature = "json")]
use crate::backend::{Find, Found, Metadata, MetadataPut};
use crate::error::{Error, ErrorKind, Result};
use crate::layer::forward::forward;

/// How many ghosts there may be at once; beyond, what should become one is lost and never happens.
const GHOSTS: u32 = 1 << 20;

/// A backend that fails on purpose; see [`FaultLayer`](super::FaultLayer). Clones share the faults.
#[derive(Debug)]
pub struct Fault<B> {
    inner: Arc<B>,
    draw: Arc<Draw>,
    /// Each ghost holds one permit.
    ghosts: Arc<Semaphore>,
}

impl<B> Clone for Fault<B> {
    fn clone(&self) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
            draw: Arc::clone(&self.draw),
            ghosts: Arc::clone(&self.ghosts),
        }
    }
}

impl<B: Backend> Fault<B> {
    pub(super) fn new(inner: B, draw: Draw) -> Self {
        Self {
            inner: Arc::new(inner),
            draw: Arc::new(draw),
            ghosts: Arc::new(Semaphore::new(GHOSTS as usize)),
        }
    }

    /// The backend under this layer, which does not fail.
    pub fn inner(&self) -> &B {
        &self.inner
    }

    /// Ends the faults, and waits until no ghost is left.
    ///
    /// Cancellation: the faults have ended.
    pub async fn calm(&self) {
        self.draw.stop();
        let _all = self.ghosts.acquire_many(GHOSTS).await;
    }

    /// Has something happen later.
    fn haunt(&self, after: Duration, call: impl Future<Output = ()> + Send + 'static) {
        if let Ok(permit) = Arc::clone(&self.ghosts).try_acquire_owned() {
            tokio::spawn(async move {
                sleep(after).await;
                call.await;
                drop(permit);
            });
        }
    }

    async fn read<T>(
        &self,
        point: FaultPoint,
        call: impl Future<Output = Result<T>> + Send,
    ) -> Result<T> {
        self.meet(point, call, unread, |_, _| {}).await
    }

    /// `call` makes what is to happen, with a backend that may outlive this call.
    async fn change<T, F>(&self, point: FaultPoint, call: impl FnOnce(Arc<B>) -> F) -> Result<T>
    where
        T: Send,
        F: Future<Output = Result<T>> + Send + 'static,
    {
        let call = call(Arc::clone(&self.inner));
        let ghost = |after, call: F| self.haunt(after, async move { drop(call.await) });
        self.meet(point, call, lost, ghost).await
    }

    /// Has a call meet its fate. `lost` says that its answer was lost, `ghost` has it happen later.
    async fn meet<T, F: Future<Output = Result<T>>>(
        &self,
        point: FaultPoint,
        call: F,
        lost: fn() -> Error,
        ghost: impl FnOnce(Duration, F),
    ) -> Result<T> {
        match self.draw.next(point) {
            None => call.await,
            Some(FaultKind::Delay(time)) => {
                sleep(time).await;
                call.await
            }
            Some(FaultKind::Refuse(kind)) => Err(refused(kind)),
            Some(FaultKind::LoseAnswer) => {
                drop(call.await);
                Err(lost())
            }
            Some(FaultKind::Ghost(after)) => {
                ghost(after, call);
                Err(lost())
            }
        }
    }
}

fn refused(kind: ErrorKind) -> Error {
    Error::new(kind, "refused on purpose; nothing was applied")
}

fn unread() -> Error {
    Error::new(
        ErrorKind::Unavailable,
        "the answer was lost on purpose; it only read, so try again",
    )
}

fn lost() -> Error {
    Error::new(
        ErrorKind::OutcomeUnknown,
        "the answer was lost on purpose: it was applied, or was not, or will be",
    )
}

#[deny(clippy::missing_trait_methods)]
impl<B: Backend> Backend for Fault<B> {
    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    fn node_of(&self, partition: &[u8]) -> Node {
        self.inner.node_of(partition)
    }

    async fn get(&self, cx: &Context, keys: &[Key]) -> Result<Vec<Option<Entry>>> {
        self.read(FaultPoint::Get, self.inner.get(cx, keys)).await
    }

    async fn commit(&self, cx: &Context, commit: Commit) -> Result<Outcome> {
        let cx = *cx;
        let call = async move |inner: Arc<B>| inner.commit(&cx, commit).await;
        self.change(FaultPoint::Commit, call).await
    }

    /// Each commit has a fate of its own; those that have none go together.
    async fn commit_many(&self, cx: &Context, commits: Vec<Commit>) -> Vec<Result<Outcome>> {
        let mut sent = Vec::new();
        let mut fates = Vec::new();
        let mut delay = Duration::ZERO;
        for commit in commits {
            let fate = self.draw.next(FaultPoint::Commit);
            match fate {
                None | Some(FaultKind::LoseAnswer) => sent.push(commit),
                Some(FaultKind::Delay(time)) => {
                    delay = delay.max(time);
                    sent.push(commit);
                }
                Some(FaultKind::Refuse(_)) => {}
                Some(FaultKind::Ghost(after)) => {
                    let (cx, inner) = (*cx, Arc::clone(&self.inner));
                    self.haunt(after, async move { drop(inner.commit(&cx, commit).await) });
                }
            }
            fates.push(fate);
        }
        if !delay.is_zero() {
            sleep(delay).await;
        }
        let mut answers = self.inner.commit_many(cx, sent).await.into_iter();
        let mut answer = || answers.next().unwrap_or_else(|| Err(lost()));
        let told = fates.into_iter().map(|fate| match fate {
            None | Some(FaultKind::Delay(_)) => answer(),
            Some(FaultKind::LoseAnswer) => answer().and_then(|_| Err(lost())),
            Some(FaultKind::Refuse(kind)) => Err(refused(kind)),
            Some(FaultKind::Ghost(_)) => Err(lost()),
        });
        told.collect()
    }

    async fn write(&self, cx: &Context, batch: WriteBatch) -> Result<Written> {
        let cx = *cx;
        let call = async move |inner: Arc<B>| inner.write(&cx, batch).await;
        self.change(FaultPoint::Write, call).await
    }

    async fn range(&self, cx: &Context, range: Range) -> Result<Page> {
        self.read(FaultPoint::Range, self.inner.range(cx, range))
            .await
    }

    async fn scan(&self, cx: &Context, scan: Scan) -> Result<Page> {
        self.read(FaultPoint::Scan, self.inner.scan(cx, scan)).await
    }

    async fn snapshot(&self, cx: &Context, namespace: Option<String>) -> Result<Snapshot> {
        self.read(FaultPoint::Snapshot, self.inner.snapshot(cx, namespace))
            .await
    }

    async fn health(&self, cx: &Context) -> Result<Health> {
        self.read(FaultPoint::Health, self.inner.health(cx)).await
    }
}

#[cfg(feature = "json")]
#[deny(clippy::missing_trait_methods)]
impl<B: Metadata> Metadata for Fault<B> {
    async fn put_with_metadata(&self, cx: &Context, put: MetadataPut) -> Result<()> {
        let cx = *cx;
        let call = async move |inner: Arc<B>| inner.put_with_metadata(&cx, put).await;
        self.change(FaultPoint::Write, call).await
    }

    async fn metadata(&self, cx: &Context, key: &Key) -> Result<Option<bytes::Bytes>> {
        self.read(FaultPoint::Get, self.inner.metadata(cx, key))
            .await
    }

    async fn find(&self, cx: &Context, find: Find) -> Result<Found> {
        self.read(FaultPoint::Scan, self.inner.find(cx, find)).await
    }
}

forward!(Fault);
