use std::marker::PhantomData;
use std::num::NonZeroUsize;

use super::{Entries, Operation, Project, Store, within};
use crate::backend::{Backend, Consistency, Snapshot};
use crate::clock::Timestamp;
use crate::error::Result;
use crate::key::{KeyLookup, StateKey};
use crate::value::StateValue;

/// The entries of a key type at one moment, as far as [`consistency`](Self::consistency) says; writers go on.
///
/// Dropping it frees what it holds in the store.
#[derive(Debug)]
pub struct StoreSnapshot<B, K> {
    store: Store<B>,
    snapshot: Snapshot,
    kind: PhantomData<fn() -> K>,
}

impl<B: Backend> Store<B> {
    /// A snapshot of all entries of a key type.
    ///
    /// Cancellation: nothing is left behind.
    // `K::Key` as in `scan`.
    pub fn snapshot<K: KeyLookup>(&self) -> Operation<'_, StoreSnapshot<B, K::Key>> {
        Box::pin(async move {
            let cx = self.context("snapshot");
            let snapshot = self
                .backend
                .snapshot(&cx, Some(K::Key::NAMESPACE.to_owned()))
                .await
                .map_err(within("snapshot"))?;
            Ok(StoreSnapshot {
                store: self.clone(),
                snapshot,
                kind: PhantomData,
            })
        })
    }
}

impl<B: Backend, K: StateKey<Value: StateValue>> StoreSnapshot<B, K> {
    /// When it was taken, by the store's clock.
    pub fn taken_at(&self) -> Timestamp {
        self.snapshot.taken_at()
    }

    /// How consistent it is.
    pub fn consistency(&self) -> Consistency {
        self.snapshot.consistency()
    }

    /// The next entries, at most `limit`, in any order; none at the end.
    ///
    /// Cancellation: what a dropped future had read is not given again.
    pub fn next(&mut self, limit: NonZeroUsize) -> Operation<'_, Vec<(K, K::Value)>> {
        Box::pin(async move {
            let items = self
                .snapshot
                .next(limit)
                .await
                .map_err(within("snapshot"))?;
            let entries: Result<Vec<_>> = items
                .iter()
                .map(|item| Entries::project(&self.store, item))
                .collect();
            entries.map_err(within("snapshot"))
        })
    }

    /// All that is left, in memory.
    ///
    /// Cancellation: what a dropped future had read is not given again.
    pub fn collect(mut self) -> Operation<'static, Vec<(K, K::Value)>> {
        Box::pin(async move {
            const PAGE: NonZeroUsize = NonZeroUsize::MIN.saturating_add(999);
            let mut all = Vec::new();
            loop {
                let page = self.next(PAGE).await?;
                if page.is_empty() {
                    return Ok(all);
                }
                all.extend(page);
            }
        })
    }
}
