use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;

use super::circuit::{Circuit, CircuitState, Verdict};
use super::permit::Permit;
use crate::backend::{
    Backend, Capabilities, Commit, Context, Course, Deadline, Entry, Health, Key, Observation,
    Outcome, Page, Range, Scan, Snapshot, WriteBatch, Written,
};
#[cfg(feature = "json")]
use crate::backend::{Find, Found, Metadata, MetadataPut};
use crate::error::{ErrorKind, Result};
use crate::layer::forward::forward;

/// A backend that is left alone while it fails; see [`CircuitBreakerLayer`](super::CircuitBreakerLayer). Clones share the circuit.
#[derive(Debug, Clone)]
pub struct CircuitBreaker<B> {
    inner: B,
    circuit: Arc<Circuit>,
}

impl<B> CircuitBreaker<B> {
    pub(super) fn new(inner: B, circuit: Circuit) -> Self {
        Self {
            inner,
            circuit: Arc::new(circuit),
        }
    }

    /// The backend under this layer.
    pub const fn inner(&self) -> &B {
        &self.inner
    }

    fn told(&self) -> impl Iterator<Item = Observation> + use<B> {
        let help = "Where the circuit stands: 0 closed, 1 open, 2 half-open.";
        let state = Observation::new("state_circuit_breaker_state", help, Course::Gauge);
        std::iter::once(state.number(f64::from(self.state() as u8)))
    }

    /// Where the circuit stands.
    pub fn state(&self) -> CircuitState {
        self.circuit.state()
    }
}

impl<B: Backend> CircuitBreaker<B> {
    #[inline]
    async fn watch<T: Send>(
        &self,
        cx: &Context,
        call: Pin<&mut (impl Future<Output = Result<T>> + Send)>,
    ) -> Result<T> {
        let permit = self.circuit.admit(cx.forced)?;
        observe(cx, permit, call, |answer, hopeless| {
            verdict(answer, hopeless)
        })
        .await
    }
}

/// Awaits a call and counts it. Where its deadline had passed before it began, a timeout is no fault of the store's; the
/// clock is read only where that matters or the answer takes time. The call comes pinned, so that it lies in one future and
/// not again in this one.
#[inline]
async fn observe<T>(
    cx: &Context,
    permit: Permit<'_>,
    mut call: Pin<&mut impl Future<Output = T>>,
    verdict: impl Fn(&T, &dyn Fn() -> bool) -> Verdict,
) -> T {
    let hopeless = || cx.deadline.is_some_and(Deadline::has_passed);
    let at_once = poll_fn(|task| Poll::Ready(call.as_mut().poll(task))).await;
    let (answer, verdict) = match at_once {
        Poll::Ready(answer) => {
            let verdict = verdict(&answer, &hopeless);
            (answer, verdict)
        }
        Poll::Pending => {
            let hopeless = hopeless();
            let answer = call.await;
            let verdict = verdict(&answer, &|| hopeless);
            (answer, verdict)
        }
    };
    permit.end(verdict);
    answer
}

#[inline]
fn verdict<T>(answer: &Result<T>, hopeless: &dyn Fn() -> bool) -> Verdict {
    match answer {
        Ok(_) => Verdict::Success,
        Err(error) => match error.kind() {
            ErrorKind::Timeout if hopeless() => Verdict::Neither,
            ErrorKind::Unavailable | ErrorKind::Timeout | ErrorKind::OutcomeUnknown => {
                Verdict::Failure
            }
            _ => Verdict::Neither,
        },
    }
}

/// Of several answers to one request: one failure is a failure.
fn verdict_of_all<T>(answers: &[Result<T>], hopeless: &dyn Fn() -> bool) -> Verdict {
    let verdicts = answers.iter().map(|answer| verdict(answer, hopeless));
    verdicts.fold(Verdict::Neither, |all, one| match (all, one) {
        (Verdict::Failure, _) | (_, Verdict::Failure) => Verdict::Failure,
        (Verdict::Success, _) | (_, Verdict::Success) => Verdict::Success,
        (Verdict::Neither, Verdict::Neither) => Verdict::Neither,
    })
}

#[deny(clippy::missing_trait_methods)]
impl<B: Backend> Backend for CircuitBreaker<B> {
    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    async fn get(&self, cx: &Context, keys: &[Key]) -> Result<Vec<Option<Entry>>> {
        self.watch(cx, pin!(self.inner.get(cx, keys))).await
    }

    async fn commit(&self, cx: &Context, commit: Commit) -> Result<Outcome> {
        self.watch(cx, pin!(self.inner.commit(cx, commit))).await
    }

    /// All of them pass as one call.
    async fn commit_many(&self, cx: &Context, commits: Vec<Commit>) -> Vec<Result<Outcome>> {
        let permit = match self.circuit.admit(cx.forced) {
            Ok(permit) => permit,
            Err(refusal) => return commits.iter().map(|_| Err(refusal.into())).collect(),
        };
        let call = pin!(self.inner.commit_many(cx, commits));
        observe(cx, permit, call, |answers, hopeless| {
            verdict_of_all(answers, hopeless)
        })
        .await
    }

    async fn write(&self, cx: &Context, batch: WriteBatch) -> Result<Written> {
        self.watch(cx, pin!(self.inner.write(cx, batch))).await
    }

    async fn range(&self, cx: &Context, range: Range) -> Result<Page> {
        self.watch(cx, pin!(self.inner.range(cx, range))).await
    }

    async fn scan(&self, cx: &Context, scan: Scan) -> Result<Page> {
        self.watch(cx, pin!(self.inner.scan(cx, scan))).await
    }

    async fn snapshot(&self, cx: &Context, namespace: Option<String>) -> Result<Snapshot> {
        self.watch(cx, pin!(self.inner.snapshot(cx, namespace)))
            .await
    }

    /// Passes whatever the circuit says, and does not count: who asks wants to know of the store.
    async fn health(&self, cx: &Context) -> Result<Health> {
        self.inner.health(cx).await
    }
}

#[cfg(feature = "json")]
#[deny(clippy::missing_trait_methods)]
impl<B: Metadata> Metadata for CircuitBreaker<B> {
    async fn put_with_metadata(&self, cx: &Context, put: MetadataPut) -> Result<()> {
        self.watch(cx, pin!(self.inner.put_with_metadata(cx, put)))
            .await
    }

    async fn metadata(&self, cx: &Context, key: &Key) -> Result<Option<bytes::Bytes>> {
        self.watch(cx, pin!(self.inner.metadata(cx, key))).await
    }

    async fn find(&self, cx: &Context, find: Find) -> Result<Found> {
        self.watch(cx, pin!(self.inner.find(cx, find))).await
    }
}

forward!(CircuitBreaker, CircuitBreaker::told);
