//! The writes of a restore: several batches are on their way at once.

use std::collections::HashSet;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use futures_util::future::{BoxFuture, Either, select};
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt as _, StreamExt as _};
use xxhash_rust::xxh3::xxh3_64;

use crate::backend::{Backend, Revision, Write, WriteBatch};
use crate::error::Result;
use crate::store::Store;

/// How many batches are on their way at once.
const AT_ONCE: usize = 8;

/// Sends batches. Those that are on their way together have no key in common, so that the last write of a key counts.
pub(super) struct Writes<'a, B> {
    store: &'a Store<B>,
    revision: Revision,
    /// Whether no key is written twice.
    in_order: bool,
    open: FuturesUnordered<BoxFuture<'a, Result<Vec<u64>>>>,
    /// The hashes of the keys that are on their way, where keys may be written twice.
    keys: HashSet<u64>,
}

impl<'a, B: Backend> Writes<'a, B> {
    pub(super) fn new(store: &'a Store<B>, revision: Revision, in_order: bool) -> Self {
        Self {
            store,
            revision,
            in_order,
            open: FuturesUnordered::new(),
            keys: HashSet::new(),
        }
    }

    /// Sends a batch as soon as it may be; it is on its way then.
    ///
    /// # Errors
    /// Of an earlier one, too.
    pub(super) async fn send(&mut self, writes: Vec<Write>) -> Result<()> {
        let keys = self.hashes(&writes);
        if keys.iter().any(|key| self.keys.contains(key)) {
            self.end().await?;
        }
        while self.open.len() >= AT_ONCE {
            self.next().await?;
        }
        self.keys.extend(&keys);
        let (store, revision) = (self.store, self.revision);
        let write = async move {
            let batch = WriteBatch { revision, writes };
            let cx = store.context("restore");
            store.backend().write(&cx, batch).await?;
            Ok(keys)
        };
        self.open.push(write.boxed());
        // What is not polled has not begun.
        let done = poll_fn(|cx| match self.open.poll_next_unpin(cx) {
            Poll::Ready(done) => Poll::Ready(done),
            Poll::Pending => Poll::Ready(None),
        });
        let done = done.await;
        self.forget(done)
    }

    /// What `future` gives; the batches go on meanwhile.
    pub(super) async fn meanwhile<T>(
        &mut self,
        future: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        let mut future = pin!(future);
        while !self.open.is_empty() {
            match select(&mut future, self.open.next()).await {
                Either::Left((done, _)) => return done,
                Either::Right((done, _)) => self.forget(done)?,
            }
        }
        future.await
    }

    /// Waits for all that are on their way.
    pub(super) async fn end(&mut self) -> Result<()> {
        while !self.open.is_empty() {
            self.next().await?;
        }
        Ok(())
    }

    async fn next(&mut self) -> Result<()> {
        let done = self.open.next().await;
        self.forget(done)
    }

    fn forget(&mut self, done: Option<Result<Vec<u64>>>) -> Result<()> {
        for key in done.transpose()?.unwrap_or_default() {
            self.keys.remove(&key);
        }
        Ok(())
    }

    fn hashes(&self, writes: &[Write]) -> Vec<u64> {
        if self.in_order {
            return Vec::new();
        }
        let hashes = writes.iter().map(|write| xxh3_64(write.key().as_bytes()));
        hashes.collect()
    }
}
