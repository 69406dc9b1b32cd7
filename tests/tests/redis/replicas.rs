//! Replicas: reads from them, writes that wait for them, and what becomes of both when they are gone.

use std::num::ParseIntError;
use std::str::FromStr;
use std::time::{Duration, Instant};

use redis::from_redis_value;
use typed_state::backends::Redis;
use typed_state::testing::TestResult;
use typed_state::{ErrorKind, StateKey, Store};
use typed_state_tests::redis::{Failing, RedisMode, fresh_prefix};
use typed_state_tests::servers::{RedisCluster, RedisServer, SentinelSet};

const NOTES: u64 = 30;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, StateKey)]
#[state(namespace = "note", value = String)]
struct Note(u64);

#[tokio::test]
async fn reads_go_to_the_replicas_that_sentinels_know() -> TestResult {
    let set = SentinelSet::options().start().await?;
    reads_go_to_replicas(&Failing::Sentinel(set)).await
}

#[tokio::test]
async fn reads_go_to_the_replicas_of_a_cluster() -> TestResult {
    let cluster = RedisCluster::start(RedisServer::options()).await?;
    reads_go_to_replicas(&Failing::Cluster(cluster)).await
}

#[tokio::test]
async fn a_server_without_replicas_answers_itself() -> TestResult {
    let config = RedisMode::Standalone.shared().await?;
    let config = config.key_prefix(fresh_prefix()).build()?;
    let store = Store::new(Redis::open(&config).await?);
    store.put(&Note(1), &"here".to_owned()).await?;
    let found = store.with_replica_reads().get(&Note(1)).await?;
    assert_eq!(found.as_deref(), Some("here"));
    Ok(())
}

async fn reads_go_to_replicas(servers: &Failing) -> TestResult {
    let store = servers.store(None).await?;
    let view = store.with_replica_reads();
    let (old, new) = ("old".to_owned(), "new".to_owned());
    let notes: Vec<Note> = (0..NOTES).map(Note).collect();
    let (primaries, replicas) = roles(servers.servers()).await?;
    store
        .put_many(notes.iter().map(|note| (note, &old)))
        .await?;
    replicas_catch_up(&primaries, &replicas).await?;

    // Every read is one of a replica, once it is known, and none of a primary.
    let begun = Instant::now();
    loop {
        let before = (gets(&primaries).await?, gets(&replicas).await?);
        for note in &notes {
            assert_eq!(view.get(note).await?.as_ref(), Some(&old));
        }
        let read = (
            gets(&primaries).await? - before.0,
            gets(&replicas).await? - before.1,
        );
        if read == (0, NOTES) {
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(10), "{read:?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let before = gets(&primaries).await?;
    store.get(&Note(0)).await?;
    assert_eq!(gets(&primaries).await?, before + 1);

    // A replica that is behind answers what it has.
    for replica in &replicas {
        replica
            .command(&["CLIENT", "PAUSE", "60000", "WRITE"])
            .await?;
    }
    store
        .put_many(notes.iter().map(|note| (note, &new)))
        .await?;
    for note in &notes {
        assert_eq!(view.get(note).await?.as_ref(), Some(&old));
        assert_eq!(store.get(note).await?.as_ref(), Some(&new));
    }
    for replica in &replicas {
        replica.command(&["CLIENT", "UNPAUSE"]).await?;
    }
    replicas_catch_up(&primaries, &replicas).await?;
    for note in &notes {
        assert_eq!(view.get(note).await?.as_ref(), Some(&new));
    }

    // Where there is no replica the primary answers, at once and later.
    for replica in &replicas {
        replica.kill()?;
    }
    let gone = Instant::now();
    while gone.elapsed() < Duration::from_millis(2_500) {
        for note in &notes {
            assert_eq!(view.get(note).await?.as_ref(), Some(&new));
        }
    }

    // A write that waits for replicas is there, and says that they have it not.
    let waiting = servers.store(Some(1)).await?;
    let error = waiting.put(&Note(0), &new).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OutcomeUnknown, "{error}");
    let told = error.to_string();
    assert!(told.contains("on 0 replicas, of the 1"), "{told}");
    let error = waiting.insert(&Note(1), &new).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OutcomeUnknown, "{error}");
    for number in [0, 1] {
        assert_eq!(waiting.get(&Note(number)).await?.as_ref(), Some(&new));
    }
    Ok(())
}

#[tokio::test]
async fn a_primary_that_must_have_replicas_refuses_writes_without_them() -> TestResult {
    let options = RedisServer::options().min_replicas_to_write(1);
    let set = SentinelSet::options().servers(options).start().await?;
    let servers = Failing::Sentinel(set);
    let Failing::Sentinel(set) = &servers else {
        return Err("it is a Sentinel set".into());
    };
    let store = servers.store(None).await?;
    let text = "kept".to_owned();
    store.put(&Note(1), &text).await?;
    // What only the primary has goes with it.
    let (primaries, replicas) = roles(set.servers()).await?;
    replicas_catch_up(&primaries, &replicas).await?;

    // An old primary that comes back still believes in its replicas for a second, and for no longer.
    let old = set.pause_master().await?;
    set.wait_for_new_master(old).await?;
    tokio::time::sleep(Duration::from_secs(2)).await;
    store.put(&Note(2), &text).await?;
    old.resume()?;
    let resumed = Instant::now();
    let (mut early, mut late, mut refused) = (0, 0, 0);
    while resumed.elapsed() < Duration::from_secs(5) {
        let at = resumed.elapsed();
        match old.command(&["SET", "foo", "1"]).await {
            Ok(_) if at > Duration::from_millis(2_500) => late += 1,
            Ok(_) => early += 1,
            Err(error) => {
                let told = error.to_string();
                let known = told.contains("NOREPLICAS") || told.contains("READONLY");
                assert!(known, "{told}");
                refused += 1;
            }
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    println!("the old primary accepted {early} writes early, {late} late, and refused {refused}");
    assert_eq!(late, 0);
    assert!(refused > 50, "{refused}");
    set.wait_until_ready().await?;

    for server in set.servers() {
        if !is_primary(server).await? {
            server.kill()?;
        }
    }
    let gone = Instant::now();
    let error = loop {
        match store.put(&Note(1), &text).await {
            Err(error) => break error,
            Ok(_) => assert!(gone.elapsed() < Duration::from_secs(10)),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    assert!(error.to_string().contains("NOREPLICAS"), "{error}");
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    let other = "not kept".to_owned();
    let error = store.insert(&Note(3), &other).await.unwrap_err();
    assert!(error.to_string().contains("NOREPLICAS"), "{error}");
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    let mut transaction = store.transaction();
    transaction.put(&Note(1), &other)?;
    let error = transaction.commit().await.unwrap_err();
    assert!(error.to_string().contains("NOREPLICAS"), "{error}");
    assert_eq!(store.get(&Note(1)).await?, Some(text));
    assert_eq!(store.get(&Note(3)).await?, None);
    Ok(())
}

/// The primaries among these servers, and the replicas.
async fn roles<'s>(
    servers: impl IntoIterator<Item = &'s RedisServer>,
) -> TestResult<(Vec<&'s RedisServer>, Vec<&'s RedisServer>)> {
    let (mut primaries, mut replicas) = (Vec::new(), Vec::new());
    for server in servers {
        if is_primary(server).await? {
            primaries.push(server);
        } else {
            replicas.push(server);
        }
    }
    Ok((primaries, replicas))
}

async fn is_primary(server: &RedisServer) -> TestResult<bool> {
    let told: String = from_redis_value(server.command(&["INFO", "replication"]).await?)?;
    Ok(told.contains("role:master"))
}

/// How many single entries have been read from these servers.
async fn gets(servers: &[&RedisServer]) -> TestResult<u64> {
    let mut gets = 0;
    for server in servers {
        gets += server.calls_of("get").await?;
    }
    Ok(gets)
}

/// Waits until every replica has all that its primary has now.
async fn replicas_catch_up(primaries: &[&RedisServer], replicas: &[&RedisServer]) -> TestResult {
    let begun = Instant::now();
    for primary in primaries {
        let written: u64 = replication(primary, "master_repl_offset").await?;
        for replica in replicas {
            if replication::<u16>(replica, "master_port").await? != primary.port() {
                continue;
            }
            while replication::<u64>(replica, "slave_repl_offset").await? < written {
                assert!(begun.elapsed() < Duration::from_secs(10), "{replica:?}");
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
    }
    Ok(())
}

/// A number of what a server says of its replication.
async fn replication<T: FromStr<Err = ParseIntError>>(
    server: &RedisServer,
    name: &str,
) -> TestResult<T> {
    let told: String = from_redis_value(server.command(&["INFO", "replication"]).await?)?;
    let mut fields = told.lines().filter_map(|line| line.split_once(':'));
    let value = fields.find_map(|(field, value)| (field == name).then_some(value));
    Ok(value.ok_or("it says nothing of that")?.parse()?)
}
