use std::fmt;
use std::future::Future;
use std::num::NonZeroUsize;
use std::pin::Pin;

use super::{Consistency, Item};
use crate::clock::Timestamp;
use crate::error::Result;

/// A view of the store that later writes do not change, as far as its consistency promises.
///
/// Dropping it frees what it holds.
pub struct Snapshot {
    taken_at: Timestamp,
    consistency: Consistency,
    reader: Box<dyn SnapshotReader>,
}

/// What a backend implements to be read through a [`Snapshot`].
pub trait SnapshotReader: Send + Sync {
    /// The next items, at most `limit`, in any order, each key once (where it is fuzzy, at
    /// least once); none at the end. A TTL is what was left when the snapshot was taken, however long it is read, and what had
    /// expired then is not in it.
    fn next<'a>(
        &'a mut self,
        limit: NonZeroUsize,
    ) -> Pin<Box<dyn Future<Output = Result<Vec<Item>>> + Send + 'a>>;
}

impl Snapshot {
    /// A snapshot that was taken at `taken_at` by the store's clock.
    pub fn new(
        taken_at: Timestamp,
        consistency: Consistency,
        reader: impl SnapshotReader + 'static,
    ) -> Self {
        Self {
            taken_at,
            consistency,
            reader: Box::new(reader),
        }
    }

    /// When it was taken, by the store's clock.
    pub const fn taken_at(&self) -> Timestamp {
        self.taken_at
    }

    /// How consistent it is.
    pub const fn consistency(&self) -> Consistency {
        self.consistency
    }

    /// The next items, at most `limit`; none at the end.
    ///
    /// Cancellation: what a dropped future had read is not given again.
    pub async fn next(&mut self, limit: NonZeroUsize) -> Result<Vec<Item>> {
        self.reader.next(limit).await
    }
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot")
            .field("taken_at", &self.taken_at)
            .field("consistency", &self.consistency)
            .finish_non_exhaustive()
    }
}
