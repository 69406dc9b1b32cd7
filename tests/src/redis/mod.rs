//! Redis under test: in each of its modes, on servers that the tests of one process share.

mod failover;
mod fake;
mod faults;
mod index;
mod living;

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use typed_state::backends::{Redis, RedisConfig, RedisConfigBuilder};
use typed_state::testing::{Fixture, Harness, TestResult};

use crate::servers::{RedisCluster, RedisServer, SentinelSet};

pub use self::failover::{Failing, Failover, Fault};
pub use self::fake::FakeRedis;
pub(crate) use self::faults::disturb;
pub use self::faults::{FaultyFixture, FaultyRedis};
pub use self::index::{index_errors, index_sizes};
pub use self::living::Population;

/// In which mode the servers run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RedisMode {
    /// One server.
    Standalone,
    /// A primary and replicas that sentinels watch.
    Sentinel,
    /// A cluster.
    Cluster,
}

/// Fresh stores on shared servers: each has a key prefix of its own.
#[derive(Debug, Clone, Copy)]
pub struct RedisHarness(pub RedisMode);

/// A store with a key prefix of its own.
#[derive(Debug)]
pub struct RedisFixture {
    backend: Arc<Redis>,
    config: RedisConfig,
    prefix: String,
}

/// A key prefix that no other store of this process has.
pub fn fresh_prefix() -> String {
    static STORES: AtomicU64 = AtomicU64::new(0);
    format!("t{}:", STORES.fetch_add(1, Ordering::Relaxed))
}

impl RedisMode {
    /// The configuration for the shared servers of this mode, to be added to.
    ///
    /// # Errors
    /// Where they cannot be started.
    pub async fn shared(self) -> TestResult<RedisConfigBuilder> {
        Ok(match self {
            Self::Standalone => RedisConfig::url(RedisServer::shared().await?.url()?),
            Self::Sentinel => of_sentinels(SentinelSet::shared().await?),
            Self::Cluster => of_cluster(RedisCluster::shared().await?),
        })
    }
}

/// The configuration for a set of sentinels without passwords.
pub fn of_sentinels(set: &SentinelSet) -> RedisConfigBuilder {
    RedisConfig::sentinel(texts(&set.sentinel_addresses()), set.service())
}

/// The configuration for a cluster without passwords.
pub fn of_cluster(cluster: &RedisCluster) -> RedisConfigBuilder {
    RedisConfig::cluster(texts(&cluster.addresses()))
}

fn texts(addresses: &[SocketAddr]) -> Vec<String> {
    addresses.iter().map(SocketAddr::to_string).collect()
}

impl RedisFixture {
    /// The prefix of the store's keys.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }
}

impl Harness for RedisHarness {
    type Backend = Redis;
    type Fixture = RedisFixture;

    async fn fresh(&self) -> TestResult<RedisFixture> {
        let prefix = fresh_prefix();
        let config = self.0.shared().await?.key_prefix(&prefix).build()?;
        Ok(RedisFixture {
            backend: Arc::new(Redis::open(&config).await?),
            config,
            prefix,
        })
    }

    fn slowness(&self) -> NonZeroUsize {
        NonZeroUsize::MIN.saturating_add(19)
    }
}

impl Fixture for RedisFixture {
    type Backend = Redis;

    fn backend(&self) -> &Arc<Redis> {
        &self.backend
    }

    async fn connect(&self) -> TestResult<Arc<Redis>> {
        Ok(Arc::new(Redis::open(&self.config).await?))
    }

    async fn sweep(&self) -> TestResult<u64> {
        Ok(self.backend.sweep().await?)
    }

    async fn restart(&mut self) -> TestResult<bool> {
        self.backend.close();
        self.backend = self.connect().await?;
        Ok(true)
    }
}
