//! The backend on this machine's disk: durable, crash-safe, no server.
//!
//! The engine is [redb](https://docs.rs/redb), a copy-on-write B-tree in one file. Beside it stand
//! - one **writer** thread that gathers the commits of all callers, decides them in their order and makes
//!   them durable with one synchronisation of the file (group commit);
//! - a **cache** of records, so that a read of a hot key neither blocks nor leaves its task;
//! - blocking threads of the runtime for every read that the cache does not answer.
//!
//! What the file holds is drawn in `docs/format.md`.

mod blocking;
mod cache;
mod commit;
mod config;
mod engine;
mod group;
mod health;
mod lookup;
mod open;
mod page;
mod range;
mod read;
mod record;
mod registry;
mod request;
mod scan;
mod snapshot;
mod sweep;
mod writer;
#[cfg(feature = "any")]
mod written;

#[cfg(test)]
mod tests;

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use self::cache::Cache;
pub use self::config::{Durability, EmbeddedBuilder};
use self::engine::Engine;
use self::open::Handle;
#[cfg(feature = "any")]
pub(crate) use self::written::EmbeddedConfig;
use crate::backend::{
    Announcer, Backend, Capabilities, Commit, Consistency, Context, Entry, Health, Key, Node,
    Notify, Observation, Observed, Outcome, Page, Range, Scan, Snapshot, TotalOrder, Transactional,
    Watch, WriteBatch, Written,
};
use crate::clock::Clock;
use crate::error::Result;

/// State in a directory of this machine, which one process at a time has open.
///
/// Cloning is cheap and shares. Dropping the last clone lets the store finish what it has begun and close
/// in the background; [`close`](Self::close) waits for that. A live [`Snapshot`] keeps the store open, too.
///
/// Reads that the cache answers run where they are called. All other reads run on the blocking threads of
/// the tokio runtime that polls them, or in place where there is none. A deadline is kept by the runtime's
/// timer, which must then be enabled.
///
/// ```
/// # use typed_state::backends::Embedded;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let temporary = tempfile::tempdir()?;
/// # let directory = temporary.path();
/// let store = typed_state::Store::new(Embedded::open(directory).await?);
/// store.backend().close().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Embedded(Arc<Handle>);

/// What the handles, the writer and the blocking reads share.
struct Shared {
    engine: Engine,
    cache: Cache,
    clock: Box<dyn Clock>,
    announcer: Announcer,
}

impl Embedded {
    /// The directory that the store lies in.
    pub fn directory(&self) -> &Path {
        self.shared().engine.directory()
    }

    fn shared(&self) -> &Arc<Shared> {
        self.0.shared()
    }
}

impl fmt::Debug for Embedded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Embedded")
            .field("directory", &self.directory())
            .finish_non_exhaustive()
    }
}

impl Transactional for Embedded {}
impl TotalOrder for Embedded {}

/// It tells no numbers of itself.
impl Observed for Embedded {
    fn observations(&self) -> Vec<Observation> {
        Vec::new()
    }
}

impl Notify for Embedded {
    async fn watch(&self, cx: &Context) -> Result<Watch> {
        cx.check()?;
        Ok(self.shared().announcer.watch())
    }
}

impl Backend for Embedded {
    fn capabilities(&self) -> Capabilities {
        let mut capabilities = Capabilities::new("embedded");
        capabilities.total_order = true;
        capabilities.transactional = true;
        capabilities.durable = true;
        capabilities.snapshot = Consistency::PointInTime;
        capabilities
    }

    fn node_of(&self, _: &[u8]) -> Node {
        Node::ONLY
    }

    async fn get(&self, cx: &Context, keys: &[Key]) -> Result<Vec<Option<Entry>>> {
        self.read_entries(cx, keys).await
    }

    async fn commit(&self, cx: &Context, commit: Commit) -> Result<Outcome> {
        self.send_commit(cx, commit).await
    }

    async fn commit_many(&self, cx: &Context, commits: Vec<Commit>) -> Vec<Result<Outcome>> {
        self.send_commits(cx, commits).await
    }

    async fn write(&self, cx: &Context, batch: WriteBatch) -> Result<Written> {
        self.send_batch(cx, batch).await
    }

    async fn range(&self, cx: &Context, range: Range) -> Result<Page> {
        self.read_range(cx, range).await
    }

    async fn scan(&self, cx: &Context, scan: Scan) -> Result<Page> {
        self.read_scan(cx, scan).await
    }

    async fn snapshot(&self, cx: &Context, namespace: Option<String>) -> Result<Snapshot> {
        self.take_snapshot(cx, namespace).await
    }

    async fn health(&self, cx: &Context) -> Result<Health> {
        self.probe(cx).await
    }
}
