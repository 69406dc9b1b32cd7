//! Servers that lose their primary under load.

use std::time::{Duration, Instant};

use typed_state::Store;
use typed_state::backends::{Redis, RedisConfigBuilder};
use typed_state::testing::TestResult;

use super::{fresh_prefix, of_cluster, of_sentinels};
use crate::ledger::{Audit, Ledger};
use crate::servers::{RedisCluster, RedisServer, SentinelSet};

/// A key of no store, and its slot, whose primary is the one to fail in a cluster.
const PROBE: (&str, u16) = ("foo", 12_182);
/// How often a round is made again in which the Sentinels replaced more than the primary that failed.
const REPEATS: u64 = 5;
/// How long a failover may take at the most.
const PATIENCE: Duration = Duration::from_secs(20);

/// What happens to the primary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// `SIGKILL`; it is started again later.
    Killed,
    /// `SIGSTOP`; it goes on later, and is an old primary then.
    Paused,
    /// It is replaced as an operator replaces it.
    ByHand,
}

/// Servers of one test that can replace their primary.
#[derive(Debug)]
pub enum Failing {
    /// One primary with two replicas.
    Sentinel(SentinelSet),
    /// Three primaries with a replica each.
    Cluster(RedisCluster),
}

/// What a failover did.
#[derive(Debug)]
pub struct Failover {
    /// How long after the new primary served each writer went on that had been held up; the shortest first.
    pub resumed: Vec<Duration>,
    /// Of a store that waits for no replica.
    pub plain: Audit,
    /// Of a store that waits for all replicas of a primary.
    pub waiting: Audit,
    /// How many primaries were replaced. On a busy machine Sentinels take one that answers late for dead.
    pub replaced: u64,
}

impl Failover {
    /// Work went on soon, nothing was applied twice or seen torn, and what was waited for is kept.
    fn check(&self) {
        let Self {
            resumed,
            plain,
            waiting,
            replaced: _,
        } = self;
        for audit in [plain, waiting] {
            assert_eq!(audit.wrong, [""; 0]);
            assert!(audit.acknowledged > 100 && audit.reads > 100, "{audit:?}");
        }
        assert_eq!((waiting.lost, waiting.lost_hits), (0, 0), "{waiting:?}");
        let median = resumed.get(resumed.len() / 2).copied().unwrap_or_default();
        let last = resumed.last().copied().unwrap_or_default();
        assert!(median < Duration::from_secs(2), "{resumed:?}");
        assert!(last < Duration::from_secs(5), "{resumed:?}");
    }
}

impl Failing {
    /// The slot whose primary fails in a cluster.
    pub const SLOT: u16 = PROBE.1;

    /// Lets the primary fail under load so many times in each way, and checks what each failover did.
    ///
    /// # Errors
    /// As [`failover_under_load`](Self::failover_under_load).
    pub async fn survive_failovers(&self, rounds: u64) -> TestResult {
        for round in 0..rounds {
            for fault in [Fault::Killed, Fault::Paused, Fault::ByHand] {
                let failover = self.one_failover_under_load(fault).await?;
                println!("round {round}, {fault:?}: {failover:?}");
                failover.check();
            }
        }
        Ok(())
    }

    /// A round in which no other primary was replaced than the one that failed. What waited for the replicas is only safe
    /// from one failover: a second one, before they have copied the new primary, may promote one that has not.
    async fn one_failover_under_load(&self, fault: Fault) -> TestResult<Failover> {
        for _ in 0..REPEATS {
            let failover = self.failover_under_load(fault).await?;
            if failover.replaced == 1 {
                return Ok(failover);
            }
            println!("made again, {} primaries were replaced", failover.replaced);
        }
        Err(format!(
            "the machine is too busy for Sentinels: {REPEATS} rounds had more than one failover"
        )
        .into())
    }

    /// The configuration of a store there.
    pub fn config(&self) -> RedisConfigBuilder {
        match self {
            Self::Sentinel(set) => of_sentinels(set),
            Self::Cluster(cluster) => of_cluster(cluster),
        }
    }

    /// How many replicas a primary has. Any of them may take its place, so what only some have may be lost.
    pub const fn replicas(&self) -> u32 {
        match self {
            Self::Sentinel(_) => 2,
            Self::Cluster(_) => 1,
        }
    }

    /// A store there, with keys of its own, that waits for so many replicas.
    ///
    /// # Errors
    /// Where it cannot be opened.
    ///
    /// Cancellation: nothing is left behind.
    pub async fn store(&self, wait: Option<u32>) -> TestResult<Store<Redis>> {
        let config = self.config().key_prefix(fresh_prefix()).wait_replicas(wait);
        Ok(Store::new(Redis::open(&config.build()?).await?))
    }

    /// Lets the primary fail, which is returned.
    ///
    /// # Errors
    /// Where nobody knows the primary, or it cannot be replaced.
    ///
    /// Cancellation: it may have failed.
    pub async fn fail(&self, fault: Fault) -> TestResult<&RedisServer> {
        let slot = Self::SLOT;
        match (self, fault) {
            (Self::Sentinel(set), Fault::Killed) => set.kill_master().await,
            (Self::Sentinel(set), Fault::Paused) => set.pause_master().await,
            (Self::Sentinel(set), Fault::ByHand) => set.failover().await,
            (Self::Cluster(cluster), Fault::Killed) => cluster.kill_master_of(slot).await,
            (Self::Cluster(cluster), Fault::Paused) => cluster.pause_master_of(slot).await,
            (Self::Cluster(cluster), Fault::ByHand) => {
                let old = cluster.master_of(slot).await?;
                let replica = cluster.replica_of(slot).await?;
                cluster.failover(replica).await?;
                Ok(old)
            }
        }
    }

    /// Waits until another server than the old primary accepts a write, and says when it did.
    ///
    /// # Errors
    /// Where none does in time.
    ///
    /// Cancellation: without effect.
    pub async fn serving(&self, old: &RedisServer) -> TestResult<Instant> {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            for server in self.servers() {
                if server.port() == old.port() || !server.is_running()? {
                    continue;
                }
                if server.command(&["SET", PROBE.0, "1"]).await.is_ok() {
                    return Ok(Instant::now());
                }
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Err(format!("no new primary within {PATIENCE:?}").into())
    }

    /// How many primaries were replaced since then. Clusters, whose nodes wait for longer, tell of the one that failed.
    async fn replaced(&self, before: u64) -> TestResult<u64> {
        match self {
            Self::Sentinel(_) => Ok(self.epoch().await? - before),
            Self::Cluster(_) => Ok(1),
        }
    }

    /// The number of the last failover that Sentinels made.
    async fn epoch(&self) -> TestResult<u64> {
        match self {
            Self::Sentinel(set) => set.epoch().await,
            Self::Cluster(_) => Ok(0),
        }
    }

    /// Brings the old primary back, and waits until all is as at the start.
    ///
    /// # Errors
    /// Where that does not happen in time.
    ///
    /// Cancellation: it may be back.
    pub async fn heal(&self, fault: Fault, old: &RedisServer) -> TestResult {
        if let Self::Sentinel(set) = self {
            // What comes back without its data must not be taken for the primary.
            set.wait_for_new_master(old).await?;
        }
        match fault {
            Fault::Killed => old.start_again().await?,
            Fault::Paused => old.resume()?,
            Fault::ByHand => {}
        }
        match self {
            Self::Sentinel(set) => set.wait_until_ready().await,
            Self::Cluster(cluster) => cluster.wait_until_ready().await,
        }
    }

    /// One failover while two stores are written to and read, and what it did.
    ///
    /// # Errors
    /// Where the servers do not do what they are told, or the writers do not go on in time.
    ///
    /// Cancellation: the old primary may be gone.
    pub async fn failover_under_load(&self, fault: Fault) -> TestResult<Failover> {
        let plain = Ledger::start(self.store(None).await?, 8);
        let waiting = Ledger::start(self.store(Some(self.replicas())).await?, 6);
        tokio::time::sleep(Duration::from_millis(700)).await;
        let before = self.epoch().await?;
        let old = self.fail(fault).await?;
        let served = self.serving(old).await?;
        let resumed = plain.after(served).await?;
        self.heal(fault, old).await?;
        waiting.after(Instant::now()).await?;
        plain.after(Instant::now()).await?;
        let (plain, waiting) = (plain.audit().await?, waiting.audit().await?);
        Ok(Failover {
            resumed,
            plain,
            waiting,
            replaced: self.replaced(before).await?,
        })
    }

    /// All servers that hold data.
    pub fn servers(&self) -> &[RedisServer] {
        match self {
            Self::Sentinel(set) => set.servers(),
            Self::Cluster(cluster) => cluster.nodes(),
        }
    }
}
