//! The order index of a partition holds exactly its live keys, whatever happened before.

use std::sync::Arc;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use typed_state::backends::Redis;
use typed_state::testing::{Fixture as _, Harness as _, TestResult};
use typed_state::{Revision, StateKey, Store, Ttl};
use typed_state_tests::redis::{FaultyRedis, RedisHarness, RedisMode, index_errors, index_sizes};
use typed_state_tests::servers::{RedisCluster, RedisServer};
use typed_state_tests::{rounds, seed};

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, StateKey)]
#[state(namespace = "item", value = String, ordered)]
struct Item {
    #[state(partition)]
    shop: String,
    name: String,
}

fn item(shop: u32, name: u32) -> Item {
    Item {
        shop: format!("shop {shop}"),
        name: format!("{name}"),
    }
}

fn ttl(millis: u64) -> Ttl {
    Ttl::new(Duration::from_millis(millis)).unwrap()
}

/// One random operation, given up at a random moment now and then; its error does not matter here.
async fn anything(store: &Store<Redis>, random: &mut StdRng) {
    let key = item(random.random_range(0..3), random.random_range(0..12));
    let value = "x".to_owned();
    let brief = ttl(random.random_range(1..80));
    let patience = if random.random_range(0..8) == 0 {
        Duration::from_micros(random.random_range(0..2_000))
    } else {
        Duration::from_secs(5)
    };
    let operation = async {
        match random.random_range(0..9) {
            0 => drop(store.put(&key, &value).await),
            1 => drop(store.with_expiry(brief).put(&key, &value).await),
            2 => drop(store.delete(&key).await),
            3 => drop(store.with_expiry(brief).insert(&key, &value).await),
            4 => drop(store.touch(&key, brief).await),
            5 => drop(store.persist(&key).await),
            6 => drop(store.replace(&key, Revision::from_bits(1), &value).await),
            7 => {
                let mut tx = store.transaction();
                let there = tx.get(&key).await.unwrap_or_default();
                let _ = tx.put(&item(1, 50), &value);
                if there.is_some() && tx.delete(&key).is_ok() && key.shop == "shop 1" {
                    drop(tx.commit().await);
                }
            }
            _ => {
                let batch: Vec<Item> = (0..4).map(|name| item(2, name)).collect();
                drop(
                    store
                        .with_expiry(brief)
                        .put_many(batch.iter().map(|key| (key, &value)))
                        .await,
                );
            }
        }
    };
    let _ = tokio::time::timeout(patience, operation).await;
}

/// Runs random histories while connections fail, and then looks into the servers.
async fn survives(mode: RedisMode, servers: &[&RedisServer], seed: u64) -> TestResult {
    let fixture = Arc::new(FaultyRedis::new(mode, seed).fresh().await?);
    let store = Store::new(Redis::clone(fixture.backend()));
    let mut tasks = Vec::new();
    for task in 0..6 {
        let store = store.clone();
        let mut random = StdRng::seed_from_u64(seed.wrapping_mul(31).wrapping_add(task));
        tasks.push(tokio::spawn(async move {
            for _ in 0..120 {
                anything(&store, &mut random).await;
            }
        }));
    }
    for task in tasks {
        task.await?;
    }
    fixture.calm();
    // The last request that a proxy held up arrives, and the last entry expires.
    tokio::time::sleep(Duration::from_millis(400)).await;
    let calm =
        Store::new(Redis::open(&mode.shared().await?.key_prefix(fixture.prefix()).build()?).await?);
    calm.backend().sweep().await?;
    let wrong = index_errors(servers, fixture.prefix()).await?;
    assert!(wrong.is_empty(), "seed {seed}: {wrong:#?}");
    let mut scanned: Vec<Item> = calm.scan::<Item>().keys().collect().await?;
    scanned.sort();
    let mut ranged = Vec::new();
    for shop in 0..3 {
        let shop = format!("shop {shop}");
        ranged.extend(
            calm.range(Item::prefix().shop(&shop))
                .keys()
                .collect()
                .await?,
        );
    }
    assert_eq!(scanned, ranged, "seed {seed}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn histories_with_faults_leave_it_exact_on_one_server() -> TestResult {
    let first = seed();
    for seed in first..first + rounds(5) {
        survives(RedisMode::Standalone, &[RedisServer::shared().await?], seed).await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn histories_with_faults_leave_it_exact_in_a_cluster() -> TestResult {
    let first = seed();
    let cluster = RedisCluster::shared().await?;
    for seed in first..first + rounds(3) {
        let mut primaries: Vec<&RedisServer> = Vec::new();
        for slot in [0, 8_000, 16_000] {
            primaries.push(cluster.master_of(slot).await?);
        }
        survives(RedisMode::Cluster, &primaries, seed).await?;
    }
    Ok(())
}

#[tokio::test]
async fn an_index_of_nothing_but_what_expires_goes_by_itself() -> TestResult {
    let fixture = RedisHarness(RedisMode::Standalone).fresh().await?;
    let server = RedisServer::shared().await?;
    let store = Store::new(Redis::clone(fixture.backend()));
    let brief = store.with_expiry(ttl(150));
    for name in 0..5 {
        brief.put(&item(1, name), &"x".to_owned()).await?;
    }
    assert_eq!(index_sizes(server, fixture.prefix()).await?, (5, 2));
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(index_sizes(server, fixture.prefix()).await?, (0, 0));
    Ok(())
}

#[tokio::test]
async fn a_read_tidies_what_it_finds_dead() -> TestResult {
    let fixture = RedisHarness(RedisMode::Standalone).fresh().await?;
    let server = RedisServer::shared().await?;
    let store = Store::new(Redis::clone(fixture.backend()));
    store.put(&item(1, 0), &"kept".to_owned()).await?;
    store
        .with_expiry(ttl(50))
        .put(&item(1, 1), &"x".to_owned())
        .await?;
    tokio::time::sleep(Duration::from_millis(60)).await;
    assert_eq!(index_errors(&[server], fixture.prefix()).await?.len(), 1);
    let found = store.range(Item::prefix().shop("shop 1")).collect().await?;
    assert_eq!(found.len(), 1);
    assert_eq!(
        index_errors(&[server], fixture.prefix()).await?,
        Vec::<String>::new()
    );
    Ok(())
}

#[tokio::test]
async fn a_sweep_removes_what_nobody_reads() -> TestResult {
    let fixture = RedisHarness(RedisMode::Standalone).fresh().await?;
    let server = RedisServer::shared().await?;
    let store = Store::new(Redis::clone(fixture.backend()));
    store.put(&item(1, 0), &"kept".to_owned()).await?;
    let brief = store.with_expiry(ttl(50));
    for name in 1..=150 {
        brief.put(&item(1, name), &"x".to_owned()).await?;
    }
    tokio::time::sleep(Duration::from_millis(120)).await;
    let dead = index_errors(&[server], fixture.prefix()).await?.len();
    assert!(dead > 0);
    let (one, other) = tokio::join!(store.backend().sweep(), store.backend().sweep());
    assert_eq!(
        one? + other?,
        dead as u64,
        "two sweeps at once count each once"
    );
    assert_eq!(
        index_errors(&[server], fixture.prefix()).await?,
        Vec::<String>::new()
    );
    Ok(())
}
