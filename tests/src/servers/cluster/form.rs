use std::iter::zip;

use futures_util::future::try_join_all;
use typed_state::testing::TestResult;

use super::nodes::RedisCluster;
use super::view::{self, View};
use crate::servers::options::RedisOptions;
use crate::servers::server::RedisServer;
use crate::servers::wait;

const MASTERS: usize = 3;
const RANGES: [(&str, &str); MASTERS] = [("0", "5460"), ("5461", "10922"), ("10923", "16383")];

impl RedisCluster {
    pub(super) async fn launch(mut options: RedisOptions) -> TestResult<Self> {
        for line in [
            "cluster-enabled yes",
            "cluster-config-file nodes.conf",
            "cluster-node-timeout 1000",
            "cluster-replica-validity-factor 0",
            "cluster-require-full-coverage no",
            "cluster-announce-ip 127.0.0.1",
        ] {
            options = options.line(line);
        }
        if options.tls.is_some() {
            options = options.line("tls-cluster yes");
        }
        let nodes = (0..2 * MASTERS).map(|_| RedisServer::start(options.clone()));
        Ok(Self {
            nodes: try_join_all(nodes).await?,
        })
    }

    /// The first three nodes become masters, each of the others a replica of one.
    pub(super) async fn form(&self) -> TestResult {
        let (masters, replicas) = self.nodes.split_at(MASTERS);
        for (master, (first, last)) in zip(masters, RANGES) {
            master
                .command(&["CLUSTER", "ADDSLOTSRANGE", first, last])
                .await?;
        }
        for (epoch, node) in zip(1.., &self.nodes) {
            let epoch: String = u64::to_string(&epoch);
            node.command(&["CLUSTER", "SET-CONFIG-EPOCH", &epoch])
                .await?;
        }
        let host = self.nodes.first().ok_or("there is no node")?;
        for node in self.nodes.iter().skip(1) {
            let port = node.port().to_string();
            host.command(&["CLUSTER", "MEET", "127.0.0.1", &port])
                .await?;
        }
        wait::until("the nodes have met", || self.have_met()).await?;
        for (master, replica) in zip(masters, replicas) {
            let id = view::id(master).await?;
            replica.command(&["CLUSTER", "REPLICATE", &id]).await?;
        }
        Ok(())
    }

    /// Waits until all nodes are there, serve, and know each other as such; for instance after one has been started
    /// again.
    ///
    /// # Errors
    /// Where that does not happen in time; what was missing is told.
    ///
    /// Cancellation: without effect.
    pub async fn wait_until_ready(&self) -> TestResult {
        wait::until("the cluster is ready", || self.is_ready()).await
    }

    async fn have_met(&self) -> TestResult<Option<()>> {
        for node in &self.nodes {
            let view = View::of(node).await?;
            if view.rows.len() != self.nodes.len() || view.rows.iter().any(|row| !row.is_linked) {
                return Ok(None);
            }
        }
        Ok(Some(()))
    }

    async fn is_ready(&self) -> TestResult<Option<()>> {
        for node in &self.nodes {
            let told = |what: &str| format!("port {}: {what}", node.port());
            if !view::says(node, &["CLUSTER", "INFO"], "cluster_state:ok").await? {
                return Err(told("the cluster is not in order").into());
            }
            let view = View::of(node).await?;
            if !view.rows.iter().all(|row| row.is_linked) {
                return Err(told("a node is unknown or failing").into());
            }
            if view.rows.iter().filter(|row| row.master.is_some()).count() != MASTERS {
                return Err(told("a replica is unknown").into());
            }
            let is_replica = view
                .rows
                .iter()
                .any(|row| row.is_self && row.master.is_some());
            if is_replica
                && !view::says(node, &["INFO", "REPLICATION"], "master_link_status:up").await?
            {
                return Err(told("it is not in step with its master").into());
            }
        }
        Ok(Some(()))
    }
}
