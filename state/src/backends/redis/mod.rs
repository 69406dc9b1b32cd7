//! The backend on Redis: standalone, behind Sentinel, or a Cluster.
//!
//! [`config`] is what a person chooses, [`link`] the connections; above the two, the same code serves all three modes.
//! An entry is a string whose value begins with its revision and whose expiry is the Redis key's own; a commit that has
//! conditions, or more than one mutation, is one script. The names of keys are drawn in [`layout`] and
//! `docs/format.md`.

mod commit;
mod config;
mod counted;
mod facts;
mod health;
mod layout;
mod link;
mod notify;
mod open;
mod puts;
mod range;
mod read;
mod record;
mod reply;
mod scan;
mod script;
mod single;
mod snapshot;
mod sweep;
mod together;
mod write;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

pub use self::config::{RedisConfig, RedisConfigBuilder, TlsVerify};
pub use self::facts::{MemoryInfo, ReplicaInfo, ServerInfo};
use self::layout::{Layout, Place};
use self::link::Link;
pub use self::link::PoolState;
use super::listener::Listener;
use crate::backend::{
    Backend, Capabilities, Commit, Consistency, Context, Entry, Health, Key, Node, Outcome, Page,
    Range, ReplicaReads, Scan, Snapshot, Ttl, WriteBatch, Written,
};
use crate::error::Result;
use bytes::Bytes;

/// State in Redis: a standalone server, a primary that Sentinels watch, or a Cluster.
///
/// Cloning is cheap and shares the connections.
#[derive(Clone)]
pub struct Redis {
    link: Arc<Link>,
    layout: Arc<Layout>,
    /// How many commands are sent together, and how many entries one command reads or writes.
    batch_size: usize,
    /// How long an operation takes at the most that has no deadline of its own.
    command_timeout: Duration,
    default_ttl: Option<Ttl>,
    /// The channel on which changes are published.
    changes: Bytes,
    listener: Arc<Listener>,
}

/// The node of slots that no server is known to have.
const UNSERVED: &str = "unserved";

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redis").finish_non_exhaustive()
    }
}

impl ReplicaReads for Redis {}

impl Backend for Redis {
    fn capabilities(&self) -> Capabilities {
        let mut capabilities = Capabilities::new("redis");
        capabilities.durable = true;
        capabilities.replica_reads = true;
        capabilities.default_ttl = self.default_ttl;
        capabilities.snapshot = Consistency::Fuzzy;
        capabilities
    }

    fn node_of(&self, partition: &[u8]) -> Node {
        if !self.link.is_cluster() {
            return Node::ONLY;
        }
        let topology = self.link.topology();
        let owner = topology.owner(Place::of(partition).slot());
        owner.map_or_else(
            || Node::named(UNSERVED),
            |owner| Node::named(owner.to_string()),
        )
    }

    async fn get(&self, cx: &Context, keys: &[Key]) -> Result<Vec<Option<Entry>>> {
        cx.check()?;
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
