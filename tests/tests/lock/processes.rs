//! Workers change one value under a lock while they are killed and paused, servers fail over and connections are cut: no section
//! is lost or done twice, and fences only rise.
//!
//! Each of eight workers does 40 sections, or as many as `TYPED_STATE_LOCK_SECTIONS` says, and a twentieth as many faults befall it.

use std::time::Duration;

use typed_state::backend::Notify;
use typed_state::backends::{Embedded, Memory, PostgresConfigBuilder, RedisConfig};
use typed_state::testing::TestResult;
use typed_state::{AnyBackend, AnyConfig, Store};
use typed_state_tests::postgres::{FailingPostgres, PostgresFault, PostgresMode, fresh_table};
use typed_state_tests::redis::{Failing, Fault, RedisMode, fresh_prefix};
use typed_state_tests::sections::{Crew, Cuts, Fences, Log, Sections, Tasks, Way, sections};
use typed_state_tests::servers::{RedisCluster, RedisServer, SentinelSet};
use typed_state_tests::{rounds, seed};

const WORKERS: u64 = 8;

fn crew(config: impl Into<AnyConfig>, key: Sections) -> Crew {
    Crew {
        program: env!("CARGO_BIN_EXE_lock_worker").into(),
        url: config.into().to_string(),
        key,
        way: Way::Guarded,
        sections: sections(),
        faults: sections() / 20,
        seed: seed(),
    }
}

/// Opens the store once, so that what is made at the first opening is there, and gives it for the audit.
async fn open(config: &AnyConfig) -> TestResult<Store<AnyBackend>> {
    Ok(Store::new(AnyBackend::open(config).await?))
}

async fn audit<B: Notify>(log: &Log, store: &Store<B>, key: Sections) -> TestResult {
    let outcome = log.audit(store, key).await?;
    println!("{} kills, {} pauses: {outcome:?}", log.kills, log.pauses);
    outcome.check();
    assert!(
        log.kills + log.pauses > 0,
        "nothing happened to the workers"
    );
    Ok(())
}

async fn survive(config: impl Into<AnyConfig>) -> TestResult {
    let config = config.into();
    let store = open(&config).await?;
    let key = Sections(0);
    let log = crew(config, key).run(WORKERS, async { Ok(()) }).await?;
    audit(&log, &store, key).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_loses_nothing() -> TestResult {
    let config = RedisMode::Standalone.shared().await?;
    survive(config.key_prefix(fresh_prefix()).build()?).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_loses_nothing_while_connections_are_cut() -> TestResult {
    let cuts = Cuts::start(RedisServer::shared().await?.address(), seed()).await?;
    let config = RedisConfig::url(format!("redis://{}", cuts.address()));
    let config = config.command_timeout(Duration::from_millis(200));
    survive(config.key_prefix(fresh_prefix()).build()?).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_loses_nothing() -> TestResult {
    let config = PostgresMode::Direct.shared().await?;
    survive(small(config.table(fresh_table())).build()?).await
}

/// Few connections for each of many processes.
fn small(config: PostgresConfigBuilder) -> PostgresConfigBuilder {
    config.pool_max(4)
}

async fn tasks<B: Notify>(store: Store<B>) -> TestResult {
    let tasks = Tasks {
        store,
        way: Way::Guarded,
        sections: sections(),
        kills: sections() / 20,
        seed: seed(),
    };
    let log = tasks.run(WORKERS).await?;
    audit(&log, &tasks.store, Sections(0)).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memory_loses_nothing() -> TestResult {
    tasks(Store::new(Memory::new())).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn embedded_loses_nothing() -> TestResult {
    let directory = tempfile::tempdir()?;
    tasks(Store::new(Embedded::open(directory.path()).await?)).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sentinels_lose_nothing() -> TestResult {
    let servers = SentinelSet::options().start().await?;
    survive_failovers(&Failing::Sentinel(servers)).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_loses_nothing() -> TestResult {
    let servers = RedisCluster::start(RedisServer::options()).await?;
    survive_failovers(&Failing::Cluster(servers)).await
}

async fn survive_failovers(servers: &Failing) -> TestResult {
    for _ in 0..rounds(1) {
        for fault in [Fault::Killed, Fault::Paused, Fault::ByHand] {
            let mut tries = 0;
            // What waited for the replicas is only safe from one failover, and a busy machine sees more of them.
            while !survive_failover(servers, fault).await? {
                tries += 1;
                assert!(tries < 5, "the machine is too busy for Sentinels");
            }
        }
    }
    Ok(())
}

/// One failover while all work; `false` where there were more.
async fn survive_failover(servers: &Failing, fault: Fault) -> TestResult<bool> {
    let config = servers.config().key_prefix(fresh_prefix());
    let config = config.wait_replicas(Some(servers.replicas()));
    let config = AnyConfig::from(config.build()?);
    let store = open(&config).await?;
    let key = failing_key(servers, &store).await?;
    let before = epoch(servers).await?;
    let failover = Box::pin(async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        let old = servers.fail(fault).await?;
        servers.serving(old).await?;
        servers.heal(fault, old).await
    });
    let log = crew(config, key).run(WORKERS, failover).await?;
    if epoch(servers).await? > before + 1 {
        return Ok(false);
    }
    audit(&log, &store, key).await?;
    Ok(true)
}

async fn epoch(servers: &Failing) -> TestResult<u64> {
    match servers {
        Failing::Sentinel(set) => set.epoch().await,
        Failing::Cluster(_) => Ok(0),
    }
}

/// A key on the server that fails.
async fn failing_key(servers: &Failing, store: &Store<AnyBackend>) -> TestResult<Sections> {
    for number in 0..100 {
        let key = Sections(number);
        let Failing::Cluster(cluster) = servers else {
            return Ok(key);
        };
        let primary = cluster.master_of(Failing::SLOT).await?;
        let keys = async || primary.command(&["DBSIZE"]).await;
        let before = keys().await?;
        store.put(&key, &Fences::default()).await?;
        let after = keys().await?;
        store.delete(&key).await?;
        if after != before {
            return Ok(key);
        }
    }
    Err("no key is on that server".into())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_postgres_pair_loses_nothing() -> TestResult {
    let servers = FailingPostgres::start(true).await?;
    for _ in 0..rounds(1) {
        for fault in [PostgresFault::Killed, PostgresFault::Paused] {
            let config = small(servers.config().table(fresh_table()));
            let config = AnyConfig::from(config.build()?);
            let store = open(&config).await?;
            let failover = Box::pin(async {
                tokio::time::sleep(Duration::from_millis(500)).await;
                let old = servers.fail_over(fault).await?;
                tokio::time::sleep(Duration::from_millis(500)).await;
                servers.bring_back(fault, old).await?;
                tokio::time::sleep(Duration::from_millis(500)).await;
                servers.rejoin().await
            });
            let key = Sections(0);
            let log = crew(config, key).run(WORKERS, failover).await?;
            audit(&log, &store, key).await?;
        }
    }
    Ok(())
}

/// The proof has teeth: the lock alone does not stop who was paused, and the log shows it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_written_past_the_guard_is_lost() -> TestResult {
    let config = RedisMode::Standalone.shared().await?;
    let config = AnyConfig::from(config.key_prefix(fresh_prefix()).build()?);
    let store = open(&config).await?;
    for number in 0..20 {
        let key = Sections(number);
        let crew = Crew {
            way: Way::Unguarded,
            faults: 3,
            sections: 20,
            seed: seed().wrapping_add(number),
            ..crew(config.clone(), key)
        };
        let log = crew.run(WORKERS, async { Ok(()) }).await?;
        let outcome = log.audit(&store, key).await?;
        if !outcome.lost.is_empty() {
            return Ok(());
        }
    }
    Err("workers were paused and wrote late, and nothing was lost".into())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_tasks_write_past_the_guard_is_lost() -> TestResult {
    let tasks = Tasks {
        store: Store::new(Memory::new()),
        way: Way::Unguarded,
        sections: 40,
        kills: 0,
        seed: seed(),
    };
    let log = tasks.run(WORKERS).await?;
    let outcome = log.audit(&tasks.store, Sections(0)).await?;
    assert!(!outcome.lost.is_empty(), "{outcome:?}");
    Ok(())
}
