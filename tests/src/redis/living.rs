//! Entries that stay where they are, for scans to find.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::ops::Range;
use std::time::{Duration, Instant};

use typed_state::backends::Redis;
use typed_state::testing::TestResult;
use typed_state::{StateKey, Store};

/// How long one page may fail, in ways that may be tried again.
const PATIENCE: Duration = Duration::from_secs(20);
const PAGE: NonZeroUsize = NonZeroUsize::MIN.saturating_add(39);

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, StateKey)]
#[state(namespace = "living", value = u64)]
struct Living(u64);

/// Entries that come and go.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, StateKey)]
#[state(namespace = "passing", value = u64)]
struct Passing(u64);

/// Entries of one store, in as many partitions, that no one deletes.
#[derive(Debug)]
pub struct Population {
    store: Store<Redis>,
    count: u64,
}

impl Population {
    /// Writes so many entries.
    ///
    /// # Errors
    /// Where the store does not take them.
    ///
    /// Cancellation: some may be written.
    pub async fn settle(store: Store<Redis>, count: u64) -> TestResult<Self> {
        let keys: Vec<Living> = (0..count).map(Living).collect();
        store.put_many(keys.iter().map(|key| (key, &key.0))).await?;
        Ok(Self { store, count })
    }

    /// Writes entries of another namespace.
    ///
    /// # Errors
    /// Where the store does not take them.
    ///
    /// Cancellation: some may be written.
    pub async fn crowd(&self, numbers: Range<u64>) -> TestResult {
        let keys: Vec<Passing> = numbers.map(Passing).collect();
        let entries = keys.iter().map(|key| (key, &key.0));
        Ok(self.store.put_many(entries).await?)
    }

    /// Deletes what [`crowd`](Self::crowd) wrote.
    ///
    /// # Errors
    /// Where the store does not answer.
    ///
    /// Cancellation: some may be deleted.
    pub async fn disperse(&self, numbers: Range<u64>) -> TestResult {
        let keys: Vec<Passing> = numbers.map(Passing).collect();
        self.store.delete_many(keys.iter()).await?;
        Ok(())
    }

    /// Scans once from end to end while something happens after every page, and gives the entries that did not come.
    ///
    /// # Errors
    /// Where what happens fails, and where a page fails in another way than one to try again, or for too long.
    ///
    /// Cancellation: nothing is left behind.
    pub async fn missing(
        &self,
        mut meanwhile: impl AsyncFnMut(u64) -> TestResult,
    ) -> TestResult<Vec<u64>> {
        let mut missing: BTreeSet<u64> = (0..self.count).collect();
        let mut cursor = None;
        for number in 1.. {
            let begun = Instant::now();
            let (keys, next) = loop {
                let scan = self.store.scan::<Living>().page_size(PAGE).keys();
                match scan.page(cursor.clone()).await {
                    Ok(page) => break page,
                    Err(error) if error.is_retryable() && begun.elapsed() < PATIENCE => {}
                    Err(error) => return Err(error.into()),
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            };
            for key in keys {
                missing.remove(&key.0);
            }
            if next.is_none() {
                break;
            }
            cursor = next;
            meanwhile(number).await?;
        }
        Ok(missing.into_iter().collect())
    }
}
