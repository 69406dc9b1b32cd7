use std::collections::HashMap;

use redis::from_redis_value;
use typed_state::testing::TestResult;

use super::SERVICE;
use super::set::SentinelSet;
use crate::servers::server::RedisServer;
use crate::servers::wait;

impl SentinelSet {
    /// The master that most sentinels name.
    ///
    /// # Errors
    /// Where no two sentinels name the same server.
    ///
    /// Cancellation: without effect.
    pub async fn master(&self) -> TestResult<&RedisServer> {
        let named = self.named().await;
        let most = self.sentinels.len() / 2 + 1;
        let master = self.servers.iter().find(|server| {
            let votes = named.iter().filter(|&&port| port == server.port());
            votes.count() >= most
        });
        master.ok_or_else(|| format!("the sentinels name {named:?}, no port by majority").into())
    }

    /// Kills the master, which is returned.
    ///
    /// # Errors
    /// As [`master`](Self::master), and where it does not run.
    ///
    /// Cancellation: it may have been killed.
    pub async fn kill_master(&self) -> TestResult<&RedisServer> {
        let master = self.master().await?;
        master.kill()?;
        Ok(master)
    }

    /// Pauses the master, which is returned; it may be resumed later.
    ///
    /// # Errors
    /// As [`master`](Self::master), and where it does not run.
    ///
    /// Cancellation: it may have been paused.
    pub async fn pause_master(&self) -> TestResult<&RedisServer> {
        let master = self.master().await?;
        master.pause()?;
        Ok(master)
    }

    /// Has a sentinel replace a healthy master, and returns the old one; see
    /// [`wait_for_new_master`](Self::wait_for_new_master).
    ///
    /// # Errors
    /// As [`master`](Self::master), and where no sentinel would begin.
    ///
    /// Cancellation: it may go on.
    pub async fn failover(&self) -> TestResult<&RedisServer> {
        let master = self.master().await?;
        // A replica that was just promoted or resynchronised does not qualify for a moment.
        wait::until("a sentinel begins a failover", || async {
            let sentinel = self.sentinels.first().ok_or("there is no sentinel")?;
            let begun = sentinel.command(&["SENTINEL", "FAILOVER", SERVICE]);
            Ok(Some(begun.await?))
        })
        .await?;
        Ok(master)
    }

    /// Waits until all running sentinels name one master that is not the old one, and it says that it is.
    ///
    /// # Errors
    /// Where that does not happen in time.
    ///
    /// Cancellation: without effect.
    pub async fn wait_for_new_master(&self, old: &RedisServer) -> TestResult<&RedisServer> {
        wait::until("there is a new master", || async {
            let master = self.master().await?;
            let named = self.named().await;
            if master.port() == old.port() || named.iter().any(|&port| port != master.port()) {
                return Ok(None);
            }
            let role = master.command(&["INFO", "replication"]).await?;
            let is_master = from_redis_value::<String>(role)?.contains("role:master");
            Ok(is_master.then_some(master))
        })
        .await
    }

    /// The number of the last failover that any sentinel knows of.
    ///
    /// # Errors
    /// Where no sentinel answers.
    ///
    /// Cancellation: without effect.
    pub async fn epoch(&self) -> TestResult<u64> {
        let mut newest = None;
        for sentinel in &self.sentinels {
            let Ok(master) = sentinel.command(&["SENTINEL", "MASTER", SERVICE]).await else {
                continue;
            };
            let master: HashMap<String, String> = from_redis_value(master)?;
            let epoch = master
                .get("config-epoch")
                .ok_or("no epoch")?
                .parse::<u64>()?;
            newest = newest.max(Some(epoch));
        }
        newest.ok_or_else(|| "no sentinel answers".into())
    }

    /// The port that each sentinel names which answers.
    async fn named(&self) -> Vec<u16> {
        let mut named = Vec::new();
        for sentinel in &self.sentinels {
            if !sentinel.is_running().unwrap_or(false) {
                continue;
            }
            let told = sentinel.command(&["SENTINEL", "GET-MASTER-ADDR-BY-NAME", SERVICE]);
            let Ok(Ok((_, port))) = told.await.map(from_redis_value::<(String, u16)>) else {
                continue;
            };
            named.push(port);
        }
        named
    }
}
