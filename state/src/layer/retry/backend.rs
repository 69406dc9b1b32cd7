use std::sync::Arc;

use super::attempt::{Again, Attempts, Policy};
use super::budget::Budget;
use super::config::RetryLayer;
use super::retries::{Counts, Retries};
use super::snapshot::without_receipts;
use crate::backend::{
    Backend, Capabilities, Commit, Context, Entry, Health, Key, Node, Observation, Outcome, Page,
    Range, Scan, Snapshot, WriteBatch, Written,
};
#[cfg(feature = "json")]
use crate::backend::{Find, Found, Metadata, MetadataPut};
use crate::error::Result;
use crate::layer::forward::forward;

/// A backend whose operations are tried again; see [`RetryLayer`]. Clones share the budget and the counts.
#[derive(Debug, Clone)]
pub struct Retry<B> {
    pub(super) inner: B,
    pub(super) policy: Arc<Policy>,
}

impl<B> Retry<B> {
    pub(super) fn new(inner: B, options: RetryLayer) -> Self {
        Self {
            inner,
            policy: Arc::new(Policy {
                options,
                budget: Budget::new(),
                counts: Counts::default(),
            }),
        }
    }

    /// The backend under this layer.
    pub const fn inner(&self) -> &B {
        &self.inner
    }

    fn told(&self) -> impl Iterator<Item = Observation> + use<B> {
        let retries = self.retries();
        let reasons = [
            ("unavailable", retries.unavailable),
            ("timeout", retries.timeout),
            ("circuit_open", retries.circuit_open),
            ("outcome_unknown", retries.outcome_unknown),
        ];
        reasons.into_iter().map(|(reason, count)| {
            Observation::counter(
                "state_retries_total",
                "Attempts after the first, by what the one before came to.",
                ("reason", reason),
                count,
            )
        })
    }

    /// How often something was tried again so far, for metrics.
    pub fn retries(&self) -> Retries {
        self.policy.counts.read()
    }
}

impl<B: Backend> Retry<B> {
    /// Sends a request until there is an answer, or no next attempt.
    async fn attempt<T, F>(
        &self,
        cx: &Context,
        again: Again,
        call: impl FnMut(Context) -> F + Send,
    ) -> Result<T>
    where
        F: Future<Output = Result<T>> + Send,
        T: Send,
    {
        let answer = Attempts::new(&self.policy, *cx).run(again, call).await?;
        self.policy.budget.succeeded();
        Ok(answer)
    }
}

#[deny(clippy::missing_trait_methods)]
impl<B: Backend> Backend for Retry<B> {
    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    fn node_of(&self, partition: &[u8]) -> Node {
        self.inner.node_of(partition)
    }

    async fn get(&self, cx: &Context, keys: &[Key]) -> Result<Vec<Option<Entry>>> {
        let inner = &self.inner;
        self.attempt(cx, Again::Unapplied, |cx| async move {
            inner.get(&cx, keys).await
        })
        .await
    }

    async fn commit(&self, cx: &Context, commit: Commit) -> Result<Outcome> {
        self.settle(cx, commit).await
    }

    async fn commit_many(&self, cx: &Context, commits: Vec<Commit>) -> Vec<Result<Outcome>> {
        self.settle_many(cx, commits).await
    }

    /// After a second attempt, deletes that the first made are not counted.
    async fn write(&self, cx: &Context, batch: WriteBatch) -> Result<Written> {
        let inner = &self.inner;
        self.attempt(cx, Again::Unknown, |cx| {
            let batch = batch.clone();
            async move { inner.write(&cx, batch).await }
        })
        .await
    }

    async fn range(&self, cx: &Context, range: Range) -> Result<Page> {
        let inner = &self.inner;
        self.attempt(cx, Again::Unapplied, |cx| {
            let range = range.clone();
            async move { inner.range(&cx, range).await }
        })
        .await
    }

    async fn scan(&self, cx: &Context, scan: Scan) -> Result<Page> {
        let inner = &self.inner;
        self.attempt(cx, Again::Unapplied, |cx| {
            let scan = scan.clone();
            async move { inner.scan(&cx, scan).await }
        })
        .await
    }

    async fn snapshot(&self, cx: &Context, namespace: Option<String>) -> Result<Snapshot> {
        let inner = &self.inner;
        let snapshot = self
            .attempt(cx, Again::Unapplied, |cx| {
                let namespace = namespace.clone();
                async move { inner.snapshot(&cx, namespace).await }
            })
            .await?;
        Ok(match namespace {
            Some(_) => snapshot,
            None => without_receipts(snapshot),
        })
    }

    /// Asked once: who asks wants to know how the store is now.
    async fn health(&self, cx: &Context) -> Result<Health> {
        self.inner.health(cx).await
    }
}

#[cfg(feature = "json")]
#[deny(clippy::missing_trait_methods)]
impl<B: Metadata> Metadata for Retry<B> {
    async fn put_with_metadata(&self, cx: &Context, put: MetadataPut) -> Result<()> {
        let inner = &self.inner;
        self.attempt(cx, Again::Unknown, |cx| {
            let put = put.clone();
            async move { inner.put_with_metadata(&cx, put).await }
        })
        .await
    }

    async fn metadata(&self, cx: &Context, key: &Key) -> Result<Option<bytes::Bytes>> {
        let inner = &self.inner;
        self.attempt(cx, Again::Unapplied, |cx| async move {
            inner.metadata(&cx, key).await
        })
        .await
    }

    async fn find(&self, cx: &Context, find: Find) -> Result<Found> {
        let inner = &self.inner;
        self.attempt(cx, Again::Unapplied, |cx| {
            let find = find.clone();
            async move { inner.find(&cx, find).await }
        })
        .await
    }
}

forward!(Retry, Retry::told);
