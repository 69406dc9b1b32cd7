use std::net::SocketAddr;

use futures_util::future::try_join_all;
use tokio::sync::OnceCell;
use typed_state::testing::TestResult;

use super::SERVICE;
use super::options::SentinelOptions;
use crate::servers::kind::Kind;
use crate::servers::server::RedisServer;

/// A master, two replicas, and three sentinels, two of which decide. A master is given up after 1 s.
///
/// As with [`RedisServer`], dropping it or the end of this process ends all six.
#[derive(Debug)]
pub struct SentinelSet {
    pub(super) servers: Vec<RedisServer>,
    pub(super) sentinels: Vec<RedisServer>,
}

impl SentinelSet {
    /// Options to start with.
    pub fn options() -> SentinelOptions {
        SentinelOptions::default()
    }

    /// Starts a set and waits until the replicas are online and the sentinels know each other and them.
    ///
    /// # Errors
    /// Where Redis is not installed, where a server does not start, and where they do not find each other in time.
    ///
    /// Cancellation: the servers are killed.
    pub async fn start(options: SentinelOptions) -> TestResult<Self> {
        let master = RedisServer::start(options.servers.clone()).await?;
        let watched = master.port();
        let replica = options
            .servers
            .clone()
            .line(&format!("replicaof 127.0.0.1 {watched}"));
        let replicas = (0..2).map(|_| RedisServer::start(replica.clone()));
        let common = options.sentinel();
        let sentinels = (0..3).map(|_| {
            RedisServer::launch_as(Kind::SENTINEL, &common, |port, directory| {
                options.configuration(port, directory, watched)
            })
        });
        let (replicas, sentinels) =
            tokio::try_join!(try_join_all(replicas), try_join_all(sentinels))?;
        let mut servers = vec![master];
        servers.extend(replicas);
        let set = Self { servers, sentinels };
        set.wait_until_ready().await?;
        Ok(set)
    }

    /// The set with default options that all tests of this process share; they leave it as it is.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    ///
    /// Cancellation: the next caller starts it.
    pub async fn shared() -> TestResult<&'static Self> {
        static SHARED: OnceCell<SentinelSet> = OnceCell::const_new();
        SHARED
            .get_or_try_init(|| Self::start(Self::options()))
            .await
    }

    /// The name of the service, which is the master's.
    pub const fn service(&self) -> &'static str {
        SERVICE
    }

    /// The master and the replicas, whichever is which.
    pub fn servers(&self) -> &[RedisServer] {
        &self.servers
    }

    /// The sentinels.
    pub fn sentinels(&self) -> &[RedisServer] {
        &self.sentinels
    }

    /// Where the sentinels listen.
    pub fn sentinel_addresses(&self) -> Vec<SocketAddr> {
        self.sentinels
            .iter()
            .map(|server| server.address())
            .collect()
    }
}
