//! What the store says of its servers is what they say of themselves, in every mode.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use redis::{Value, from_redis_value};
use typed_state::backend::Role;
use typed_state::backends::Redis;
use typed_state::key::encode_key;
use typed_state::testing::TestResult;
use typed_state::{StateKey, Store};
use typed_state_tests::redis::{RedisMode, fresh_prefix, of_cluster};
use typed_state_tests::servers::{RedisCluster, RedisServer, SentinelSet};

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, StateKey)]
#[state(namespace = "note", value = String)]
struct Note(u64);

const MODES: [RedisMode; 3] = [
    RedisMode::Standalone,
    RedisMode::Sentinel,
    RedisMode::Cluster,
];

/// The primaries, by their addresses.
async fn primaries(mode: RedisMode) -> TestResult<BTreeMap<String, &'static RedisServer>> {
    let servers = match mode {
        RedisMode::Standalone => vec![RedisServer::shared().await?],
        RedisMode::Sentinel => vec![SentinelSet::shared().await?.master().await?],
        RedisMode::Cluster => {
            let cluster = RedisCluster::shared().await?;
            let mut masters = Vec::new();
            for slot in [0, 8_000, 16_000] {
                masters.push(cluster.master_of(slot).await?);
            }
            masters
        }
    };
    let named = servers.into_iter().map(|it| (it.address().to_string(), it));
    Ok(named.collect())
}

async fn info(server: &RedisServer) -> TestResult<HashMap<String, String>> {
    let info: String = from_redis_value(server.command(&["INFO"]).await?)?;
    let facts = info.lines().filter_map(|line| line.split_once(':'));
    Ok(facts
        .map(|(name, fact)| (name.to_owned(), fact.to_owned()))
        .collect())
}

#[tokio::test]
async fn servers_are_what_they_say() -> TestResult {
    for mode in MODES {
        let config = mode.shared().await?.key_prefix(fresh_prefix()).build()?;
        let store = Store::new(Redis::open(&config).await?);
        for number in 0..30 {
            store.put(&Note(number), &"x".repeat(1_000)).await?;
        }
        let servers = primaries(mode).await?;
        let told = store.backend().server_info().await?;
        let addresses: Vec<&str> = told.iter().map(|it| &*it.address).collect();
        let mut sorted = addresses.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, servers.keys().collect::<Vec<_>>(), "{mode:?}");
        for it in &told {
            let server = servers[&it.address];
            let facts = info(server).await?;
            assert_eq!(it.version, facts["redis_version"]);
            assert_eq!(it.mode, facts["redis_mode"]);
            assert_eq!((&*it.role, &*facts["role"]), ("master", "master"));
            let uptime: u64 = facts["uptime_in_seconds"].parse()?;
            assert!(uptime.abs_diff(it.uptime.as_secs()) <= 2);
            assert!(it.clients >= 1);
            let keys: u64 = from_redis_value(server.command(&["DBSIZE"]).await?)?;
            assert_eq!(it.keys, keys, "{mode:?}");
            assert_eq!(it.memory.limit, None);
            assert_eq!(it.memory.eviction_policy, facts["maxmemory_policy"]);
            let used: u64 = facts["used_memory"].parse()?;
            assert!(it.memory.used > used / 2 && it.memory.used < used * 2);
            assert!(it.memory.peak >= it.memory.used && it.memory.resident > 0);
            let replicas: usize = facts["connected_slaves"].parse()?;
            assert_eq!(it.replicas.len(), replicas);
            for replica in &it.replicas {
                let listed = facts.values().any(|fact| {
                    let (host, port) = replica.address.split_once(':').unwrap();
                    fact.starts_with(&format!("ip={host},port={port},state=online"))
                });
                assert!(listed && replica.online && replica.lag < Duration::from_secs(5));
            }
        }
        let expected = match mode {
            RedisMode::Standalone => 0,
            RedisMode::Sentinel => 2,
            RedisMode::Cluster => 3,
        };
        assert_eq!(
            told.iter().map(|it| it.replicas.len()).sum::<usize>(),
            expected
        );
        let health = store.health().await?;
        assert!(health.latency < Duration::from_secs(2));
        let of = |role| {
            let all = health.servers.iter();
            let of_role = all.filter(move |server| server.role == Some(role));
            of_role.map(|server| &*server.address).collect::<Vec<_>>()
        };
        assert_eq!(of(Role::Primary), addresses, "{health:?}");
        assert_eq!(of(Role::Replica).len(), expected, "{health:?}");
        assert_eq!(health.answering(), health.servers.len(), "{health:?}");
        for server in &health.servers {
            let is_fresh = server.lag.is_some_and(|lag| lag < Duration::from_secs(5));
            assert_eq!(is_fresh, server.role == Some(Role::Replica), "{server:?}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_cluster_tells_which_of_its_servers_do_not_answer() -> TestResult {
    let cluster = RedisCluster::start(RedisServer::options()).await?;
    let store = Store::new(Redis::open(&of_cluster(&cluster).build()?).await?);
    assert_eq!(store.health().await?.answering(), 6);
    let replica = cluster.replica_of(0).await?;
    replica.kill()?;
    let killed = cluster.kill_master_of(0).await?.address().to_string();
    let health = store.with_timeout(Duration::from_secs(2)).health().await?;
    let silent = health.servers.iter().filter(|server| !server.answers);
    let silent: Vec<_> = silent
        .map(|server| (&*server.address, server.role))
        .collect();
    assert_eq!(silent, [(&*killed, Some(Role::Primary))], "{health:?}");
    assert_eq!(health.answering(), 4, "{health:?}");
    Ok(())
}

#[tokio::test]
async fn a_limit_of_memory_is_told() -> TestResult {
    let server = RedisServer::options()
        .max_memory(100 << 20, "allkeys-lru")
        .start()
        .await?;
    let store = Redis::connect(&server.url()?).await?;
    let memory = store.server_info().await?.remove(0).memory;
    assert_eq!(memory.limit, Some(100 << 20));
    assert_eq!(memory.eviction_policy, "allkeys-lru");
    Ok(())
}

#[tokio::test]
async fn the_memory_of_an_entry_is_what_the_server_says() -> TestResult {
    for mode in MODES {
        let prefix = fresh_prefix();
        let config = mode.shared().await?.key_prefix(&prefix).build()?;
        let store = Store::new(Redis::open(&config).await?);
        store.put(&Note(1), &"x".repeat(5_000)).await?;
        let told = store.backend().memory_usage(&encode_key(&Note(1))?).await?;
        let mut said = None;
        for server in primaries(mode).await?.values() {
            let pattern = format!("{prefix}*");
            let names = server.command(&["KEYS", &pattern]).await?;
            for name in from_redis_value::<Vec<Vec<u8>>>(names)? {
                let usage = server.command(&[b"MEMORY", &b"USAGE"[..], &name]).await?;
                said = Some(from_redis_value::<u64>(usage)?);
            }
        }
        assert_eq!(told, said, "{mode:?}");
        let none = store.backend().memory_usage(&encode_key(&Note(2))?).await?;
        assert_eq!(none, None);
    }
    Ok(())
}

/// How many connections with this name the server has.
async fn connections(server: &RedisServer, name: &str) -> TestResult<usize> {
    let list: Value = server.command(&["CLIENT", "LIST"]).await?;
    let list: String = from_redis_value(list)?;
    let named = format!(" name={name} ");
    Ok(list.lines().filter(|line| line.contains(&named)).count())
}

#[tokio::test]
async fn connections_are_as_many_as_the_servers_have() -> TestResult {
    for mode in MODES {
        let servers = primaries(mode).await?;
        let name = format!("facts-{mode:?}");
        let config = mode.shared().await?.client_name(&name).connections(1);
        let store = Redis::open(&config.build()?).await?;
        let state = store.pool_state();
        assert_eq!(
            (state.shared, state.connected),
            (servers.len(), servers.len())
        );
        assert_eq!((state.size, state.idle, state.waiting), (0, 0, 0));
        for server in servers.values() {
            assert_eq!(connections(server, &name).await?, 1, "{mode:?}");
        }
        store.close();
        assert_eq!(store.pool_state().connected, 0);
        assert!(store.server_info().await.is_err());
        if mode == RedisMode::Standalone {
            continue;
        }

        let name = format!("waits-{mode:?}");
        let config = mode.shared().await?.client_name(&name).connections(1);
        let config = config.wait_replicas(Some(1)).pool_min(3).pool_max(3);
        let store = Store::new(Redis::open(&config.build()?).await?);
        let full = 3 * servers.len();
        let mut rounds = 0;
        while store.backend().pool_state().idle != full {
            rounds += 1;
            assert!(rounds < 500, "{:?}", store.backend().pool_state());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        store.put(&Note(3), &"x".to_owned()).await?;
        let state = store.backend().pool_state();
        assert_eq!((state.size, state.idle, state.waiting), (full, full, 0));
        for server in servers.values() {
            assert_eq!(connections(server, &name).await?, 4, "{mode:?}");
        }
        store.backend().close();
        assert_eq!(store.backend().pool_state().size, 0);
    }
    Ok(())
}
