use std::pin::pin;
use std::sync::Arc;

use super::asked::{Asked, Blame};
use super::circuit::{CircuitState, Era, Verdict};
use super::circuits::{Circuits, Nodes};
use super::observed::{Began, Observed};
use crate::backend::{
    Backend, Capabilities, Commit, Context, Course, Entry, Health, Key, Node, Observation, Outcome,
    Page, Range, Scan, Snapshot, Write, WriteBatch, Written,
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
    /// The nodes that have these keys.
    #[inline]
    fn nodes_of<'k>(&self, keys: impl IntoIterator<Item = &'k Key>) -> Nodes {
        let node_of = |key: &Key| self.inner.node_of(key.partition());
        Nodes::of(keys.into_iter().map(node_of))
    }

    /// Whether the backend has one node.
    #[inline]
    fn is_whole(&self, key: Option<&Key>) -> bool {
        let partition = key.map_or(&[][..], Key::partition);
        self.inner.node_of(partition).is_only()
    }

    /// Lets a call pass, or not. While the circuit of a backend of one node is closed, that takes one load.
    #[inline]
    fn admit(
        &self,
        cx: &Context,
        key: Option<&Key>,
        nodes: impl FnOnce() -> Nodes,
    ) -> Result<Passed<'_>> {
        let is_whole = self.is_whole(key);
        if is_whole && let Some(era) = self.circuits.only.closed() {
            return Ok(Passed::Closed(era));
        }
        let nodes = if is_whole { Nodes::Only } else { nodes() };
        Ok(Passed::Asked(Box::new(
            self.circuits.admit(nodes, cx.forced)?,
        )))
    }

    /// A call has ended that had passed.
    #[inline]
    fn end<T>(&self, passed: Passed<'_>, answer: &Result<T>, was_late: impl FnOnce() -> bool) {
        if let (Passed::Closed(era), Ok(_)) = (&passed, answer) {
            return self.circuits.only.ended(*era, Verdict::Success);
        }
        let blame = blame(answer, answer.is_err() && was_late());
        match passed {
            Passed::Closed(era) => self.circuits.only.ended(era, blame.verdict),
            Passed::Asked(asked) => asked.end(&blame),
        }
    }
}

/// How a call passed.
enum Passed<'c> {
    /// There is one node, and its circuit was closed.
    Closed(Era),
    /// By these circuits.
    Asked(Box<Asked<'c>>),
}

/// Sends a call that asks these nodes where there are several; `$key` tells whether there are. It lies in one place, whichever
/// circuits it passes.
macro_rules! watched {
    ($self:ident, $cx:ident, $key:expr, $nodes:expr, $call:expr) => {{
        let passed = $self.admit($cx, $key, || $nodes)?;
        let mut began = Began::Unseen;
        let answer = Observed {
            cx: $cx,
            call: pin!($call),
            began: &mut began,
        }
        .await;
        $self.end(passed, &answer, || began.late($cx));
        answer
    }};
}

fn blame<T>(answer: &Result<T>, was_late: bool) -> Blame {
    match answer {
        Ok(_) => Blame::nobody(Verdict::Success),
        Err(error) => blame_of(error, was_late),
    }
}

#[cold]
fn blame_of(error: &Error, was_late: bool) -> Blame {
    let verdict = match error.kind() {
        ErrorKind::Timeout if was_late => Verdict::Neither,
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
    was_late: bool,
) -> Blame {
    let rank = |verdict| match verdict {
        Verdict::Neither => 0,
        Verdict::Success => 1,
        Verdict::Failure => 2,
    };
    let blames = answers.into_iter().map(|answer| blame(answer, was_late));
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
        watched!(
            self,
            cx,
            keys.first(),
            self.nodes_of(keys),
            self.inner.get(cx, keys)
        )
    }

    async fn commit(&self, cx: &Context, commit: Commit) -> Result<Outcome> {
        let key = first_key(&commit);
        watched!(
            self,
            cx,
            key,
            self.nodes_of(key),
            self.inner.commit(cx, commit)
        )
    }

    /// Those of one node pass as one call, or do not.
    async fn commit_many(&self, cx: &Context, commits: Vec<Commit>) -> Vec<Result<Outcome>> {
        if self.is_whole(commits.first().and_then(first_key)) {
            return self.commit_whole(cx, commits).await;
        }
        Box::pin(self.commit_by_nodes(cx, commits)).await
    }

    async fn write(&self, cx: &Context, batch: WriteBatch) -> Result<Written> {
        let mut keys = batch.writes.iter().map(Write::key);
        watched!(
            self,
            cx,
            keys.next(),
            self.nodes_of(batch.writes.iter().map(Write::key)),
            self.inner.write(cx, batch)
        )
    }

    async fn range(&self, cx: &Context, range: Range) -> Result<Page> {
        let nodes = || match range.partition() {
            Some(partition) => Nodes::of([self.inner.node_of(partition)]),
            None => Nodes::All,
        };
        watched!(self, cx, None, nodes(), self.inner.range(cx, range))
    }

    async fn scan(&self, cx: &Context, scan: Scan) -> Result<Page> {
        watched!(self, cx, None, Nodes::All, self.inner.scan(cx, scan))
    }

    async fn snapshot(&self, cx: &Context, namespace: Option<String>) -> Result<Snapshot> {
        watched!(
            self,
            cx,
            None,
            Nodes::All,
            self.inner.snapshot(cx, namespace)
        )
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
        watched!(
            self,
            cx,
            Some(&put.key),
            self.nodes_of([&put.key]),
            self.inner.put_with_metadata(cx, put)
        )
    }

    async fn metadata(&self, cx: &Context, key: &Key) -> Result<Option<bytes::Bytes>> {
        watched!(
            self,
            cx,
            Some(key),
            self.nodes_of([key]),
            self.inner.metadata(cx, key)
        )
    }

    async fn find(&self, cx: &Context, find: Find) -> Result<Found> {
        watched!(self, cx, None, Nodes::All, self.inner.find(cx, find))
    }
}

forward!(CircuitBreaker, CircuitBreaker::told);
