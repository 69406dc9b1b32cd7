use std::fmt;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::config::MemoryBuilder;
use super::map::Map;
use super::now::Now;
use super::sweep::Sweeper;
use crate::backend::{
    Announcer, Backend, Capabilities, Commit, Consistency, Context, Entry, Health, Key, Node,
    Notify, Observation, Observed, Outcome, Page, Range, Scan, Snapshot, TotalOrder, Transactional,
    Watch, WriteBatch, Written,
};
use crate::clock::Clock;
use crate::error::Result;

/// How many entries one hold of the lock touches at the most, so that nobody waits long for it.
pub(super) const STEP: usize = 256;

/// A store in this process's memory: ordered, transactional, with expiry and point-in-time snapshots.
///
/// Clones are cheap and share the store; it ends with the last of them. Nothing is durable.
///
/// Expired entries are invisible at once. Their memory comes back when they are overwritten, deleted or
/// swept: by [`sweep`](Memory::sweep), or in the background as [`MemoryBuilder::sweep_every`] says.
///
/// ```
/// use typed_state::ManualClock;
/// use typed_state::backends::Memory;
///
/// let memory = Memory::builder().clock(ManualClock::default()).build();
/// let same_store = memory.clone();
/// assert_eq!(same_store.sweep(u64::MAX), 0);
/// ```
#[derive(Clone)]
pub struct Memory(pub(super) Arc<Shared>);

/// What all clones share.
pub(super) struct Shared {
    map: RwLock<Map>,
    pub(super) announcer: Announcer,
    clock: Box<dyn Clock>,
    sweeper: Option<Sweeper>,
}

impl Memory {
    /// An empty store with the builder's defaults: on this machine's clock, swept in the background.
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// A store with other settings.
    pub fn builder() -> MemoryBuilder {
        MemoryBuilder::new()
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory")
            .field("clock", &self.0.clock)
            .field("sweeper", &self.0.sweeper)
            .finish_non_exhaustive()
    }
}

impl Shared {
    pub(super) fn new(clock: Box<dyn Clock>, sweeper: Option<Sweeper>) -> Self {
        Self {
            map: RwLock::default(),
            announcer: Announcer::new(),
            clock,
            sweeper,
        }
    }

    /// The map, for reading. No code panics while it holds the lock, so poison says nothing.
    pub(super) fn read(&self) -> RwLockReadGuard<'_, Map> {
        self.map.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The map, for changing.
    pub(super) fn write(&self) -> RwLockWriteGuard<'_, Map> {
        self.map.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// The time of one request.
    pub(super) fn now(&self) -> Now<'_> {
        Now::of(&*self.clock)
    }
}

#[deny(clippy::missing_trait_methods)]
impl Backend for Memory {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            total_order: true,
            transactional: true,
            snapshot: Consistency::PointInTime,
            ..Capabilities::new("memory")
        }
    }

    fn node_of(&self, _: &[u8]) -> Node {
        Node::ONLY
    }

    async fn get(&self, cx: &Context, keys: &[Key]) -> Result<Vec<Option<Entry>>> {
        cx.check()?;
        Ok(self.0.get(keys))
    }

    async fn commit(&self, cx: &Context, commit: Commit) -> Result<Outcome> {
        self.0.commit(cx, commit)
    }

    async fn commit_many(&self, cx: &Context, commits: Vec<Commit>) -> Vec<Result<Outcome>> {
        let commits = commits.into_iter();
        commits.map(|commit| self.0.commit(cx, commit)).collect()
    }

    async fn write(&self, cx: &Context, batch: WriteBatch) -> Result<Written> {
        self.0.write_batch(cx, batch)
    }

    async fn range(&self, cx: &Context, range: Range) -> Result<Page> {
        cx.check()?;
        self.0.range(&range)
    }

    async fn scan(&self, cx: &Context, scan: Scan) -> Result<Page> {
        cx.check()?;
        self.0.range(&scan.into_range()?)
    }

    async fn snapshot(&self, cx: &Context, namespace: Option<String>) -> Result<Snapshot> {
        cx.check()?;
        self.0.snapshot(namespace.as_deref())
    }

    async fn health(&self, cx: &Context) -> Result<Health> {
        cx.check()?;
        Ok(self.0.health())
    }
}

impl Transactional for Memory {}
impl TotalOrder for Memory {}

/// It tells no numbers of itself.
impl Observed for Memory {
    fn observations(&self) -> Vec<Observation> {
        Vec::new()
    }
}

impl Notify for Memory {
    async fn watch(&self, cx: &Context) -> Result<Watch> {
        cx.check()?;
        Ok(self.0.announcer.watch())
    }
}
