//! A store whose connections are cut, stalled and robbed of answers while it is used.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use tokio::task::JoinHandle;
use typed_state::backends::{Redis, RedisConfig};
use typed_state::testing::{Fixture, Harness, TestResult};

use super::{RedisMode, fresh_prefix};

use crate::proxy::{Mode, Proxy};
use crate::servers::{RedisCluster, RedisServer, SentinelSet};

/// Fresh stores whose connections go through proxies that fail at random.
#[derive(Debug)]
pub struct FaultyRedis {
    mode: RedisMode,
    /// Each store takes the next, so that a run can be repeated.
    seed: AtomicU64,
}

/// A store behind proxies.
#[derive(Debug)]
pub struct FaultyFixture {
    backend: Arc<Redis>,
    config: RedisConfig,
    prefix: String,
    faults: JoinHandle<()>,
}

impl FaultyRedis {
    /// Faults drawn from `seed` on.
    pub const fn new(mode: RedisMode, seed: u64) -> Self {
        Self {
            mode,
            seed: AtomicU64::new(seed),
        }
    }

    /// The addresses of the servers that hold data.
    async fn servers(&self) -> TestResult<Vec<SocketAddr>> {
        Ok(match self.mode {
            RedisMode::Standalone => vec![RedisServer::shared().await?.address()],
            RedisMode::Sentinel => {
                let set = SentinelSet::shared().await?;
                set.servers()
                    .iter()
                    .map(|server| server.address())
                    .collect()
            }
            RedisMode::Cluster => RedisCluster::shared().await?.addresses(),
        })
    }
}

impl Harness for FaultyRedis {
    type Backend = Redis;
    type Fixture = FaultyFixture;

    async fn fresh(&self) -> TestResult<FaultyFixture> {
        let prefix = fresh_prefix();
        let mut proxies = Vec::new();
        let mut config = self.mode.shared().await?;
        for server in self.servers().await? {
            let proxy = Proxy::start(server).await?;
            config = config.reach(server.to_string(), proxy.address().to_string());
            proxies.push(proxy);
        }
        let config = config
            .key_prefix(&prefix)
            .command_timeout(Duration::from_millis(200))
            .build()?;
        let backend = Arc::new(Redis::open(&config).await?);
        let seed = self.seed.fetch_add(1, Ordering::Relaxed);
        Ok(FaultyFixture {
            backend,
            config,
            prefix,
            faults: tokio::spawn(async move {
                let random = StdRng::seed_from_u64(seed);
                // A proxy that cannot be set is one that has ended.
                let _ = disturb(proxies, random).await;
            }),
        })
    }

    fn slowness(&self) -> NonZeroUsize {
        NonZeroUsize::MIN.saturating_add(49)
    }
}

/// Lets one connection after another fail, with quiet in between.
pub(crate) async fn disturb(proxies: Vec<Proxy>, mut random: StdRng) -> TestResult {
    loop {
        tokio::time::sleep(Duration::from_millis(random.random_range(2..40))).await;
        let Some(proxy) = proxies.get(random.random_range(0..proxies.len())) else {
            return Ok(());
        };
        match random.random_range(0..6) {
            0 => proxy.cut(),
            trap @ 1..=3 => {
                match trap {
                    3 => proxy.cut_after(random.random_range(1..200)),
                    _ => proxy.cut_before_answer(),
                }
                // One that waited for whoever comes would meet every attempt to connect: those come ever more seldom.
                tokio::time::sleep(Duration::from_millis(random.random_range(5..50))).await;
                proxy.disarm();
            }
            4 => {
                proxy.set(Mode::Stall).await?;
                tokio::time::sleep(Duration::from_millis(random.random_range(10..300))).await;
                proxy.set(Mode::Pass).await?;
            }
            _ => {
                proxy.set(Mode::DropAnswers).await?;
                tokio::time::sleep(Duration::from_millis(random.random_range(5..50))).await;
                proxy.set(Mode::Pass).await?;
                // What was swallowed would set the answers off against the requests.
                proxy.cut();
            }
        }
    }
}

impl FaultyFixture {
    /// The prefix of the store's keys.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// Ends the faults; connections work from then on.
    pub fn calm(&self) {
        self.faults.abort();
    }
}

impl Drop for FaultyFixture {
    fn drop(&mut self) {
        self.faults.abort();
    }
}

impl Fixture for FaultyFixture {
    type Backend = Redis;

    fn backend(&self) -> &Arc<Redis> {
        &self.backend
    }

    async fn connect(&self) -> TestResult<Arc<Redis>> {
        for _ in 0..100 {
            if let Ok(backend) = Redis::open(&self.config).await {
                return Ok(Arc::new(backend));
            }
        }
        Ok(Arc::new(Redis::open(&self.config).await?))
    }

    async fn sweep(&self) -> TestResult<u64> {
        Ok(0)
    }

    async fn restart(&mut self) -> TestResult<bool> {
        Ok(false)
    }
}
