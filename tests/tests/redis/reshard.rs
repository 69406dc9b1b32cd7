//! Slots move, primaries change and servers restart while a store is written to, read and scanned.
#![allow(clippy::future_not_send, reason = "a test is awaited where it stands")]

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use redis::{Value, from_redis_value};
use typed_state::Store;
use typed_state::backends::{Redis, RedisConfig};
use typed_state::testing::TestResult;
use typed_state_tests::Ledger;
use typed_state_tests::redis::{Failing, Fault, Population};
use typed_state_tests::servers::{RedisCluster, RedisServer, SentinelSet};
use typed_state_tests::{rounds, seed};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_or_missed_while_slots_move() -> TestResult {
    let servers = Failing::Cluster(RedisCluster::start(RedisServer::options()).await?);
    let Failing::Cluster(cluster) = &servers else {
        return Err("it is a cluster".into());
    };
    let seed = seed();
    for round in 0..rounds(1) {
        let ledger = Ledger::start(servers.store(None).await?, 8);
        let population = Population::settle(servers.store(Some(1)).await?, 600).await?;
        let ended = AtomicBool::new(false);
        let moving = async {
            let random = StdRng::seed_from_u64(seed.wrapping_add(round));
            let result = move_slots(cluster, 24, random).await;
            ended.store(true, Ordering::Relaxed);
            result
        };
        let scanning = async {
            let mut scans = 0;
            while scans == 0 || !ended.load(Ordering::Relaxed) {
                let missing = population.missing(async |_| Ok(())).await?;
                assert_eq!(missing, [0; 0], "in scan {scans}");
                scans += 1;
            }
            TestResult::Ok(scans)
        };
        let (moves, scans) = tokio::join!(moving, scanning);
        moves?;
        let audit = ledger.audit().await?;
        println!("round {round}, {} scans: {audit:?}", scans?);
        assert_eq!(audit.wrong, [""; 0]);
        assert_eq!((audit.lost, audit.lost_hits), (0, 0), "{audit:?}");
        assert_eq!((audit.unknown, audit.conflicts), (0, 0), "{audit:?}");
        assert!(audit.acknowledged > 100 && audit.reads > 100, "{audit:?}");
    }
    for fault in [Fault::Killed, Fault::ByHand] {
        scan_through(&servers, fault).await?;
    }
    Ok(())
}

/// Moves slots that have keys from primary to primary, some with a stop half-way.
async fn move_slots(cluster: &RedisCluster, moves: u32, mut random: StdRng) -> TestResult {
    let masters = cluster.nodes().iter().take(3).collect::<Vec<_>>();
    for number in 0..moves {
        let from = random.random_range(0..masters.len());
        let to = (from + random.random_range(1..masters.len())) % masters.len();
        let (Some(&from), Some(&to)) = (masters.get(from), masters.get(to)) else {
            return Err("there are three masters".into());
        };
        let Value::BulkString(key) = from.command(&["RANDOMKEY"]).await? else {
            continue;
        };
        let slot = from.command(&[&b"CLUSTER"[..], b"KEYSLOT", &key]).await?;
        let slot: u16 = from_redis_value(slot)?;
        if number % 2 == 0 {
            cluster.move_slot(slot, from, to).await?;
        } else {
            cluster.half_move_slot(slot, from, to).await?;
            tokio::time::sleep(Duration::from_millis(random.random_range(20..150))).await;
            cluster.finish_move(slot, from, to).await?;
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scan_misses_nothing_while_sentinels_replace_the_primary() -> TestResult {
    let servers = Failing::Sentinel(SentinelSet::options().start().await?);
    for fault in [Fault::Killed, Fault::ByHand] {
        scan_through(&servers, fault).await?;
    }
    Ok(())
}

/// Lets the primary fail after the fourth page of a scan.
async fn scan_through(servers: &Failing, fault: Fault) -> TestResult {
    let store = servers.store(Some(servers.replicas())).await?;
    let population = Population::settle(store, 1_500).await?;
    let mut old = None;
    let fail = async |page| {
        if page == 4 {
            old = Some(servers.fail(fault).await?);
        }
        Ok(())
    };
    let missing = population.missing(fail).await?;
    assert_eq!(missing, [0; 0], "{fault:?}");
    let old = old.ok_or("the scan had too few pages")?;
    servers.serving(old).await?;
    servers.heal(fault, old).await
}

async fn standalone() -> TestResult<(RedisServer, Store<Redis>)> {
    let server = RedisServer::options().append_only().start().await?;
    let config = RedisConfig::url(server.url()?).build()?;
    let store = Store::new(Redis::open(&config).await?);
    Ok((server, store))
}

#[tokio::test]
async fn a_scan_misses_nothing_when_the_server_restarts_between_pages() -> TestResult {
    let (server, store) = standalone().await?;
    let population = Population::settle(store, 2_000).await?;
    let mut restarts = 0;
    let restart = async |page| {
        if [2, 9].contains(&page) {
            server.kill()?;
            server.start_again().await?;
            restarts += 1;
        }
        Ok(())
    };
    assert_eq!(population.missing(restart).await?, [0; 0]);
    assert_eq!(restarts, 2);
    Ok(())
}

#[tokio::test]
async fn a_scan_misses_nothing_while_the_tables_grow_and_shrink() -> TestResult {
    let (_server, store) = standalone().await?;
    let population = Population::settle(store, 2_000).await?;
    // Twelve times as many, and none of them again: the table doubles three times, and halves as often.
    let (pages, step) = (1..=12, 2_000);
    let grow = async |page| {
        if !pages.contains(&page) {
            return Ok(());
        }
        population.crowd(page * step..(page + 1) * step).await
    };
    assert_eq!(population.missing(grow).await?, [0; 0]);
    let shrink = async |page| {
        if !pages.contains(&page) {
            return Ok(());
        }
        population.disperse(page * step..(page + 1) * step).await
    };
    assert_eq!(population.missing(shrink).await?, [0; 0]);
    Ok(())
}
