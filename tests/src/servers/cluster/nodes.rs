use std::net::SocketAddr;

use tokio::sync::OnceCell;
use typed_state::testing::TestResult;

use crate::servers::options::RedisOptions;
use crate::servers::server::RedisServer;

/// Three masters, which share the slots evenly, and a replica for each. A node is given up after 1 s, and the slots
/// of the other masters are served meanwhile.
///
/// As with [`RedisServer`], dropping it or the end of this process ends all six.
#[derive(Debug)]
pub struct RedisCluster {
    pub(super) nodes: Vec<RedisServer>,
}

impl RedisCluster {
    /// Starts a cluster of nodes with these options, and waits until every node knows every other, its replicas are
    /// in step and it serves.
    ///
    /// # Errors
    /// Where Redis is not installed, where a node does not start, and where they do not find each other in time.
    ///
    /// Cancellation: the nodes are killed.
    pub async fn start(options: RedisOptions) -> TestResult<Self> {
        let cluster = Self::launch(options).await?;
        cluster.form().await?;
        cluster.wait_until_ready().await?;
        Ok(cluster)
    }

    /// The cluster with default options that all tests of this process share; they leave it as it is.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    ///
    /// Cancellation: the next caller starts it.
    pub async fn shared() -> TestResult<&'static Self> {
        static SHARED: OnceCell<RedisCluster> = OnceCell::const_new();
        SHARED
            .get_or_try_init(|| Self::start(RedisServer::options()))
            .await
    }

    /// All nodes, whichever is which.
    pub fn nodes(&self) -> &[RedisServer] {
        &self.nodes
    }

    /// Where the nodes listen.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.nodes.iter().map(|node| node.address()).collect()
    }
}
