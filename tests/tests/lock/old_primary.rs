//! An old primary that goes on after a failover: what it grants counts for nothing, and for how long it grants is bounded.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use typed_state::backends::{Redis, RedisConfig};
use typed_state::lock::LockGuard;
use typed_state::testing::TestResult;
use typed_state::{ErrorKind, StateKey, Store, Ttl};
use typed_state_tests::proxy::Proxy;
use typed_state_tests::redis::{fresh_prefix, of_sentinels};
use typed_state_tests::servers::{RedisServer, SentinelSet};

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, StateKey)]
#[state(namespace = "job", value = String)]
struct Job(u64);

const JOB: Job = Job(0);
const PATIENCE: Duration = Duration::from_secs(20);
/// For how long the old primary is asked for locks at the most.
const ASKING: Duration = Duration::from_secs(15);

fn ttl(millis: i64) -> TestResult<Ttl> {
    Ok(Ttl::from_millis(millis).ok_or("no time to live")?)
}

/// A set after the failover of a primary that was paused and goes on now, and a client that was not told.
struct Split {
    servers: SentinelSet,
    /// The new primary.
    new: SocketAddr,
    proxy: Proxy,
    late: Store<Redis>,
    /// Of the holder at the new primary.
    next: LockGuard<Redis, Job>,
    since: Instant,
}

impl Split {
    async fn new(min_replicas: bool, waits: bool) -> TestResult<Self> {
        let mut options = RedisServer::options();
        if min_replicas {
            options = options.min_replicas_to_write(1);
        }
        let servers = SentinelSet::options().servers(options).start().await?;
        let prefix = fresh_prefix();
        let proxy = Proxy::start(servers.master().await?.address()).await?;
        let config = of_sentinels(&servers).key_prefix(&prefix);
        let config = config.wait_replicas(Some(1)).build()?;
        let store = Store::new(Redis::open(&config).await?);
        let late = RedisConfig::url(format!("redis://{}", proxy.address())).key_prefix(&prefix);
        let late = late.wait_replicas(waits.then_some(1));
        let late = late.wait_timeout(Duration::from_millis(100)).build()?;
        let late = Store::new(Redis::open(&late).await?);

        let first = late.lock(&JOB).ttl(ttl(1_000)?).acquire().await?;
        first.put(&"first".to_owned()).await?;
        first.release().await?;

        let old = servers.pause_master().await?;
        let new = servers.wait_for_new_master(old).await?.address();
        let lock = store.lock(&JOB).ttl(ttl(60_000)?);
        let next = loop {
            match lock.acquire_within(PATIENCE).await {
                Err(error) if error.is_retryable() => {}
                got => break got?,
            }
        };
        // While the other replica comes over, the write may not be waited for.
        let second = "second".to_owned();
        while let Err(error) = next.put(&second).await {
            assert_ne!(error.kind(), ErrorKind::LockLost, "{error}");
        }
        old.resume()?;
        Ok(Self {
            new,
            proxy,
            late,
            next,
            since: Instant::now(),
            servers,
        })
    }

    /// When the old primary granted locks that are of no use any more, after it went on.
    async fn grants(&self) -> TestResult<Vec<Duration>> {
        let mut grants = Vec::new();
        while self.since.elapsed() < ASKING && !self.is_demoted().await? {
            let lock = self.late.lock(&Job(1)).ttl(ttl(20)?).renewed(false);
            if let Ok(Some(guard)) = lock.try_acquire().await {
                grants.push(self.since.elapsed());
                drop(guard);
            }
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
        Ok(grants)
    }

    async fn is_demoted(&self) -> TestResult<bool> {
        for server in self.servers.servers() {
            if server.address() != self.new {
                // The sentinels have all connections cut when they tell it; then it is asked again.
                let Ok(info) = server.command(&["INFO", "replication"]).await else {
                    return Ok(false);
                };
                let info: String = redis::from_redis_value(info)?;
                if info.contains("role:master") {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    /// Who was granted the lock by the old primary comes to the new one, and is refused there.
    async fn refuses(&self, granted: &LockGuard<Redis, Job>) -> TestResult {
        self.proxy.lead_to(self.new);
        self.proxy.cut();
        let begun = Instant::now();
        let refused = loop {
            match granted.put(&"late".to_owned()).await {
                Err(error) if error.is_retryable() || error.kind() == ErrorKind::OutcomeUnknown => {
                    assert!(begun.elapsed() < PATIENCE, "{error}");
                }
                answer => break answer,
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        let error = refused
            .err()
            .ok_or("a grant of the old primary was written with")?;
        assert_eq!(error.kind(), ErrorKind::LockLost, "{error}");
        assert_eq!(self.next.get().await?.as_deref(), Some("second"));
        Ok(())
    }
}

/// Nothing is configured: it grants until the sentinels have told it, and the new primary takes nothing from who believes it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_precautions_it_grants_until_it_is_told() -> TestResult {
    let split = Split::new(false, false).await?;
    let lock = split.late.lock(&JOB).ttl(ttl(60_000)?).renewed(false);
    let granted = lock
        .try_acquire()
        .await?
        .ok_or("the old primary was told at once")?;
    granted.put(&"believed".to_owned()).await?;
    split.refuses(&granted).await
}

/// `min-replicas-to-write` bounds it: the server notices within a second or two that no replica follows it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_min_replicas_it_grants_for_two_seconds_at_the_most() -> TestResult {
    let split = Split::new(true, false).await?;
    let grants = split.grants().await?;
    println!("granted after {grants:?}");
    assert!(
        grants
            .iter()
            .all(|after| *after < Duration::from_millis(2_500)),
        "{grants:?}"
    );
    Ok(())
}

/// `wait_replicas` ends it: what no replica has is no grant.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_waits_for_replicas_is_granted_nothing() -> TestResult {
    let split = Split::new(false, true).await?;
    let grants = split.grants().await?;
    assert_eq!(grants, [Duration::ZERO; 0]);
    Ok(())
}
