//! The backend on PostgreSQL.
//!
//! [`config`] is what a person chooses, [`link`] the connections. An entry is a row of one table, whose primary key is the
//! key's bytes; a commit is one statement, and one that has conditions, or more than one mutation, a function on the server.
//! `migrations/` makes both.

mod advisory;
mod bind;
mod commit;
mod config;
mod facts;
mod group;
mod health;
mod link;
mod metadata;
mod migration;
mod names;
mod notify;
#[cfg(feature = "checkpoints")]
mod objects;
mod open;
mod predicate;
mod range;
mod read;
mod row;
mod scan;
mod single;
mod snapshot;
mod sql;
mod sweep;
mod write;

use std::fmt;
use std::sync::Arc;

pub use self::advisory::AdvisoryForm;
pub(crate) use self::advisory::AdvisorySession;
pub use self::config::{PostgresConfig, PostgresConfigBuilder, SslMode};
pub use self::facts::{PostgresServer, TableStats};
use self::link::Link;
pub use self::link::{PostgresHost, PostgresPool};
use self::names::Names;
#[cfg(feature = "checkpoints")]
pub(crate) use self::objects::{ObjectRow, ObjectTable};
use self::sql::Statements;
use self::sweep::{Sweeper, Sweeps};
use super::listener::Listener;
use crate::backend::{
    Backend, Capabilities, Commit, Consistency, Context, Entry, Health, Key, Node, Outcome, Page,
    Range, ReplicaReads, Scan, Snapshot, TotalOrder, Transactional, Ttl, WriteBatch, Written,
};
use crate::error::Result;

/// State in a table of PostgreSQL.
///
/// Cloning is cheap and shares the connections.
#[derive(Clone)]
pub struct Postgres {
    link: Arc<Link>,
    statements: Arc<Statements>,
    names: Arc<Names>,
    /// None where nothing is swept by itself.
    sweeper: Option<Arc<Sweeper>>,
    /// How many rows one statement reads or writes.
    batch_size: usize,
    cleanup_batch_size: u32,
    default_ttl: Option<Ttl>,
    listener: Arc<Listener>,
}

impl Postgres {
    fn sweeps(&self) -> Sweeps {
        Sweeps {
            link: Arc::clone(&self.link),
            statements: Arc::clone(&self.statements),
            batch: self.cleanup_batch_size,
        }
    }
}

impl fmt::Debug for Postgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Postgres").finish_non_exhaustive()
    }
}

impl Transactional for Postgres {}
impl TotalOrder for Postgres {}
impl ReplicaReads for Postgres {}

impl Backend for Postgres {
    fn capabilities(&self) -> Capabilities {
        let mut capabilities = Capabilities::new("postgres");
        capabilities.durable = true;
        capabilities.replica_reads = true;
        capabilities.metadata = cfg!(feature = "json");
        capabilities.transactional = true;
        capabilities.total_order = true;
        capabilities.snapshot = Consistency::PointInTime;
        capabilities.default_ttl = self.default_ttl;
        capabilities
    }

    fn node_of(&self, _: &[u8]) -> Node {
        Node::ONLY
    }

    async fn get(&self, cx: &Context, keys: &[Key]) -> Result<Vec<Option<Entry>>> {
        cx.check()?;
        self.read_entries(cx, keys).await
    }

    async fn commit(&self, cx: &Context, commit: Commit) -> Result<Outcome> {
        self.send_commit(cx, &commit).await
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
        cx.check()?;
        self.read_scan(cx, scan).await
    }

    async fn snapshot(&self, cx: &Context, namespace: Option<String>) -> Result<Snapshot> {
        self.take_snapshot(cx, namespace).await
    }

    async fn health(&self, cx: &Context) -> Result<Health> {
        self.probe(cx).await
    }
}
