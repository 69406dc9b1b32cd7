//! The backend in this process's memory: ordered, transactional, with point-in-time snapshots.
//!
//! One map under one lock, held for the time of a commit or of a page. A snapshot is a number: while it
//! lives, writers keep the versions that it sees beside the new ones.

mod commit;
mod config;
mod health;
mod map;
mod range;
mod read;
mod scan;
mod snapshot;
mod sweep;

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

pub use self::config::MemoryBuilder;
use self::map::Versions;
use crate::backend::{
    Backend, Capabilities, Commit, Consistency, Context, Entry, Health, Key, Outcome, Page, Range,
    Scan, Snapshot, TotalOrder, Transactional, WriteBatch, Written,
};
use crate::clock::{Clock, Timestamp};
use crate::error::Result;

/// State in this process's memory; gone with it.
///
/// Cloning is cheap and shares. No operation waits for anything but the lock, so none is cancelled halfway.
#[derive(Clone)]
pub struct Memory(Arc<Shared>);

struct Shared {
    clock: Box<dyn Clock>,
    versions: RwLock<Versions>,
}

impl Memory {
    /// An empty store by this machine's clock.
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// An empty store with options.
    pub fn builder() -> MemoryBuilder {
        MemoryBuilder::default()
    }

    fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// No code that may panic runs under the lock, so a poisoned one guards whole data.
    fn read(&self) -> RwLockReadGuard<'_, Versions> {
        self.0
            .versions
            .read()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Versions> {
        self.0
            .versions
            .write()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory").finish_non_exhaustive()
    }
}

impl Transactional for Memory {}
impl TotalOrder for Memory {}

impl Backend for Memory {
    fn capabilities(&self) -> Capabilities {
        let mut capabilities = Capabilities::new("memory");
        capabilities.total_order = true;
        capabilities.transactional = true;
        capabilities.snapshot = Consistency::PointInTime;
        capabilities
    }

    async fn get(&self, cx: &Context, keys: &[Key]) -> Result<Vec<Option<Entry>>> {
        cx.check()?;
        Ok(self.read_entries(keys))
    }

    async fn commit(&self, cx: &Context, commit: Commit) -> Result<Outcome> {
        cx.check()?;
        self.apply_commit(commit)
    }

    async fn write(&self, cx: &Context, batch: WriteBatch) -> Result<Written> {
        cx.check()?;
        Ok(self.apply_batch(batch))
    }

    async fn range(&self, cx: &Context, range: Range) -> Result<Page> {
        cx.check()?;
        Ok(self.read_range(&range))
    }

    async fn scan(&self, cx: &Context, scan: Scan) -> Result<Page> {
        cx.check()?;
        Ok(self.read_scan(scan))
    }

    async fn snapshot(&self, cx: &Context, namespace: Option<String>) -> Result<Snapshot> {
        cx.check()?;
        Ok(self.take_snapshot(namespace.as_deref()))
    }

    async fn health(&self, cx: &Context) -> Result<Health> {
        cx.check()?;
        Ok(self.probe())
    }
}
