use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;

use super::asked::Blame;
use super::circuit::{CircuitState, Verdict};
use super::circuits::{Circuits, Nodes};
use crate::backend::{
    Backend, Capabilities, Commit, Context, Course, Deadline, Entry, Health, Key, Node,
    Observation, Outcome, Page, Range, Scan, Snapshot, Write, WriteBatch, Written,
};
#[cfg(feature = "json")]
use crate::backend::{Find, Found, Metadata, MetadataPut};
use crate::error::{Error, ErrorKind, Result};
use crate::layer::forward::forward;
use crate::layer::traffic::first_key;

/// A backend that is left alone while it fails; see [`CircuitBreakerLayer`](super::CircuitBreakerLayer). Clones share the circuits.
#[derive(Debug, Clone)]
pub struct CircuitBreaker<B> {
    inner: B,
    circuits: Arc<Circuits>,
}

impl<B> CircuitBreaker<B> {
    pub(super) fn new(inner: B, circuits: Circuits) -> Self {
        Self {
            inner,
            circuits: Arc::new(circuits),
        }
    }

    /// The backend under this layer.
    pub const fn inner(&self) -> &B {
        &self.inner
    }

    pub(super) fn circuits(&self) -> &Circuits {
        &self.circuits
    }

    /// Where the circuit of each node stands that has been asked; where the backend has one node, its alone.
    pub fn states(&self) -> Vec<(Node, CircuitState)> {
        self.circuits.states()
    }

    /// Where the circuit stands; of several nodes, where the one stands that lets least pass.
    pub fn state(&self) -> CircuitState {
        let states = self.states().into_iter().map(|(_, state)| state);
        let least = |state: &CircuitState| match state {
            CircuitState::Closed => 0,
            CircuitState::HalfOpen => 1,
            CircuitState::Open => 2,
        };
        states.max_by_key(least).unwrap_or(CircuitState::Closed)
    }

    fn told(&self) -> impl Iterator<Item = Observation> + use<B> {
        let help = "Where the circuit of a node stands: 0 closed, 1 open, 2 half-open.";
        let state = Observation::new("state_circuit_breaker_state", help, Course::Gauge);
        self.states().into_iter().map(move |(node, stands)| {
            let told = state.clone().label("node", node.name().to_owned());
            told.number(f64::from(stands as u8))
        })
    }
}

impl<B: Backend> CircuitBreaker<B> {
    #[inline]
    fn node_of_key(&self, key: &Key) -> Node {
        self.inner.node_of(key.partition())
    }

    #[inline]
    fn nodes_of<'k>(&self, keys: impl IntoIterator<Item = &'k Key>) -> Nodes {
        Nodes::of(keys.into_iter().map(|key| self.node_of_key(key)))
    }

    #[inline]
    async fn watch<T: Send>(
        &self,
        cx: &Context,
        nodes: Nodes,
        call: Pin<&mut (impl Future<Output = Result<T>> + Send)>,
    ) -> Result<T> {
        let asked = self.circuits.admit(nodes, cx.forced)?;
        observe(cx, call, |answer, hopeless| {
            asked.end(&blame(answer, hopeless));
        })
        .await
    }
}

/// Awaits a call and counts it. Where its deadline had passed before it began, a timeout is no fault of the store's; the
/// clock is read only where that matters or the answer takes time. The call comes pinned, so that it lies in one future and
/// not again in this one.
#[inline]
pub(super) async fn observe<T>(
    cx: &Context,
    mut call: Pin<&mut impl Future<Output = T>>,
    end: impl FnOnce(&T, &dyn Fn() -> bool),
) -> T {
    let hopeless = || cx.deadline.is_some_and(Deadline::has_passed);
    let at_once = poll_fn(|task| Poll::Ready(call.as_mut().poll(task))).await;
    match at_once {
        Poll::Ready(answer) => {
            end(&answer, &hopeless);
            answer
        }
        Poll::Pending => {
            let hopeless = hopeless();
            let answer = call.await;
            end(&answer, &|| hopeless);
            answer
        }
    }
}

#[inline]
fn blame<T>(answer: &Result<T>, hopeless: &dyn Fn() -> bool) -> Blame {
    match answer {
        Ok(_) => Blame::nobody(Verdict::Success),
        Err(error) => blame_of(error, hopeless),
    }
}

#[cold]
fn blame_of(error: &Error, hopeless: &dyn Fn() -> bool) -> Blame {
    let verdict = match error.kind() {
        ErrorKind::Timeout if hopeless() => Verdict::Neither,
        ErrorKind::Unavailable | ErrorKind::Timeout | ErrorKind::OutcomeUnknown => Verdict::Failure,
        _ => Verdict::Neither,
    };
    Blame {
        verdict,
        node: error.node().clone(),
    }
}

/// Of several answers to one request: one failure is a failure.
pub(super) fn blame_of_all<'a, T: 'a>(
    answers: impl IntoIterator<Item = &'a Result<T>>,
    hopeless: &dyn Fn() -> bool,
) -> Blame {
    let rank = |verdict| match verdict {
        Verdict::Neither => 0,
        Verdict::Success => 1,
        Verdict::Failure => 2,
    };
    let blames = answers.into_iter().map(|answer| blame(answer, hopeless));
    blames
        .max_by_key(|blame| rank(blame.verdict))
        .unwrap_or(Blame::nobody(Verdict::Neither))
}

#[deny(clippy::missing_trait_methods)]
impl<B: Backend> Backend for CircuitBreaker<B> {
    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    fn node_of(&self, partition: &[u8]) -> Node {
        self.inner.node_of(partition)
    }

    async fn get(&self, cx: &Context, keys: &[Key]) -> Result<Vec<Option<Entry>>> {
        let nodes = self.nodes_of(keys);
        self.watch(cx, nodes, pin!(self.inner.get(cx, keys))).await
    }

    async fn commit(&self, cx: &Context, commit: Commit) -> Result<Outcome> {
        let nodes = self.nodes_of(first_key(&commit));
        self.watch(cx, nodes, pin!(self.inner.commit(cx, commit)))
            .await
    }

    /// Those of one node pass as one call, or do not.
    async fn commit_many(&self, cx: &Context, commits: Vec<Commit>) -> Vec<Result<Outcome>> {
        let first = commits.first().and_then(first_key);
        if first.is_some_and(|key| !self.node_of_key(key).is_only()) {
            return Box::pin(self.commit_by_nodes(cx, commits)).await;
        }
        let asked = match self.circuits.admit(Nodes::Only, cx.forced) {
            Ok(asked) => asked,
            Err(refusal) => {
                let refused = |_: &Commit| Err(refusal.clone().into());
                return commits.iter().map(refused).collect();
            }
        };
        let call = pin!(self.inner.commit_many(cx, commits));
        observe(cx, call, |answers, hopeless| {
            asked.end(&blame_of_all(answers, hopeless));
        })
        .await
    }

    async fn write(&self, cx: &Context, batch: WriteBatch) -> Result<Written> {
        let nodes = self.nodes_of(batch.writes.iter().map(Write::key));
        self.watch(cx, nodes, pin!(self.inner.write(cx, batch)))
            .await
    }

    async fn range(&self, cx: &Context, range: Range) -> Result<Page> {
        let nodes = range.partition().map_or(Nodes::All, |partition| {
            Nodes::of([self.inner.node_of(partition)])
        });
        self.watch(cx, nodes, pin!(self.inner.range(cx, range)))
            .await
    }

    async fn scan(&self, cx: &Context, scan: Scan) -> Result<Page> {
        self.watch(cx, Nodes::All, pin!(self.inner.scan(cx, scan)))
            .await
    }

    async fn snapshot(&self, cx: &Context, namespace: Option<String>) -> Result<Snapshot> {
        self.watch(cx, Nodes::All, pin!(self.inner.snapshot(cx, namespace)))
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
        let nodes = self.nodes_of([&put.key]);
        self.watch(cx, nodes, pin!(self.inner.put_with_metadata(cx, put)))
            .await
    }

    async fn metadata(&self, cx: &Context, key: &Key) -> Result<Option<bytes::Bytes>> {
        let nodes = self.nodes_of([key]);
        self.watch(cx, nodes, pin!(self.inner.metadata(cx, key)))
            .await
    }

    async fn find(&self, cx: &Context, find: Find) -> Result<Found> {
        self.watch(cx, Nodes::All, pin!(self.inner.find(cx, find)))
            .await
    }
}

forward!(CircuitBreaker, CircuitBreaker::told);
