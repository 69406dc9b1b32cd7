use typed_state::testing::TestResult;

use super::nodes::RedisCluster;
use super::view::View;
use crate::servers::server::RedisServer;
use crate::servers::wait;

impl RedisCluster {
    /// The master of a slot, by the newest word of the nodes that answer; it may be dead.
    ///
    /// # Errors
    /// Where no node that answers knows one.
    ///
    /// Cancellation: without effect.
    pub async fn master_of(&self, slot: u16) -> TestResult<&RedisServer> {
        let mut newest = None;
        for view in self.views().await {
            let told = view.master_of(slot).map(|row| (row.epoch, row.port));
            newest = newest.max(told);
        }
        let (_, port) = newest.ok_or_else(|| format!("no node knows a master of slot {slot}"))?;
        self.node(port)
    }

    /// A running replica of the master of a slot.
    ///
    /// # Errors
    /// Where there is none.
    ///
    /// Cancellation: without effect.
    pub async fn replica_of(&self, slot: u16) -> TestResult<&RedisServer> {
        let master = self.master_of(slot).await?;
        for view in self.views().await {
            let known = view.master_of(slot);
            let Some(row) = known.filter(|row| row.port == master.port()) else {
                continue;
            };
            for replica in view.replicas_of(row) {
                let node = self.node(replica.port)?;
                if node.is_running()? {
                    return Ok(node);
                }
            }
        }
        Err(format!("the master of slot {slot} has no replica that runs").into())
    }

    /// Kills the master of a slot, which is returned.
    ///
    /// # Errors
    /// As [`master_of`](Self::master_of), and where it does not run.
    ///
    /// Cancellation: it may have been killed.
    pub async fn kill_master_of(&self, slot: u16) -> TestResult<&RedisServer> {
        let master = self.master_of(slot).await?;
        master.kill()?;
        Ok(master)
    }

    /// Pauses the master of a slot, which is returned; it may be resumed later.
    ///
    /// # Errors
    /// As [`master_of`](Self::master_of), and where it does not run.
    ///
    /// Cancellation: it may have been paused.
    pub async fn pause_master_of(&self, slot: u16) -> TestResult<&RedisServer> {
        let master = self.master_of(slot).await?;
        master.pause()?;
        Ok(master)
    }

    /// Has a replica take its healthy master's place; see [`wait_for_new_master`](Self::wait_for_new_master).
    ///
    /// # Errors
    /// Where the node is no replica, and where its master is not there.
    ///
    /// Cancellation: it may go on.
    pub async fn failover(&self, replica: &RedisServer) -> TestResult {
        replica.command(&["CLUSTER", "FAILOVER"]).await?;
        Ok(())
    }

    /// Waits until all running nodes name one master of a slot that is not the old one.
    ///
    /// # Errors
    /// Where that does not happen in time.
    ///
    /// Cancellation: without effect.
    pub async fn wait_for_new_master(
        &self,
        slot: u16,
        old: &RedisServer,
    ) -> TestResult<&RedisServer> {
        wait::until("the slot has a new master", || async {
            let master = self.master_of(slot).await?;
            let agreed = self.views().await.iter().all(|view| {
                let told = view.master_of(slot);
                told.is_some_and(|row| row.port == master.port())
            });
            Ok((agreed && master.port() != old.port()).then_some(master))
        })
        .await
    }

    /// What each node says that answers.
    async fn views(&self) -> Vec<View> {
        let mut views = Vec::new();
        for node in &self.nodes {
            if !node.is_running().unwrap_or(false) {
                continue;
            }
            views.extend(View::of(node).await);
        }
        views
    }

    pub(super) fn node(&self, port: u16) -> TestResult<&RedisServer> {
        let node = self.nodes.iter().find(|node| node.port() == port);
        node.ok_or_else(|| format!("port {port} is no node of this cluster").into())
    }
}
