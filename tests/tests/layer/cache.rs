//! The cache: what it may answer, what it must not, and who keeps it up to date.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use typed_state::backend::{Backend, Context, Entry, Key, Notify, Watch};
use typed_state::backends::Memory;
use typed_state::layer::{Cache, CacheLayer, Layer as _};
use typed_state::testing::{Fixture as _, Harness};
use typed_state::{Result, StateKey, Store, Ttl};
use typed_state_tests::forward;
use typed_state_tests::postgres::{PostgresHarness, PostgresMode};
use typed_state_tests::redis::{RedisHarness, RedisMode};

#[derive(StateKey, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[state(namespace = "seat", value = u64)]
struct Seat {
    number: u64,
}

type Cached<B> = Store<Cache<B>>;

fn cached<B: Notify>(layer: CacheLayer, backend: B) -> Cached<B> {
    Store::new(layer.over(backend))
}

/// Waits until the store is listened to: nothing is cached before.
async fn warm<B: Notify>(store: &Cached<B>) {
    let nobody = Seat { number: u64::MAX };
    eventually("the store is listened to", async || {
        let before = store.backend().statistics().negative_hits;
        store.get(&nobody).await.unwrap();
        store.get(&nobody).await.unwrap();
        store.backend().statistics().negative_hits > before
    })
    .await;
}

async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let limit = Instant::now() + Duration::from_secs(20);
    while !holds().await {
        assert!(Instant::now() < limit, "it never came so: {what}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

fn hits<B: Notify>(store: &Cached<B>) -> u64 {
    store.backend().statistics().hits
}

#[tokio::test]
async fn a_second_read_is_answered_from_memory() {
    let store = cached(CacheLayer::new(), Memory::new());
    warm(&store).await;
    let keys: Vec<Seat> = (0..10).map(|number| Seat { number }).collect();
    for key in &keys {
        store.put(key, &key.number).await.unwrap();
    }
    let all: Vec<_> = (0..10).map(Some).collect();
    let before = hits(&store);
    assert_eq!(store.get_many(&keys).await.unwrap(), all);
    assert_eq!(hits(&store), before);
    assert_eq!(store.get_many(&keys).await.unwrap(), all);
    assert_eq!(hits(&store), before + 10);
    assert_eq!(store.get(&keys[3]).await.unwrap(), Some(3));
    assert!(store.contains(&keys[4]).await.unwrap());
    assert_eq!(hits(&store), before + 12);
}

#[tokio::test]
async fn the_absence_of_an_entry_is_cached_until_there_is_one() {
    let store = cached(CacheLayer::new(), Memory::new());
    warm(&store).await;
    let key = Seat { number: 1 };
    assert_eq!(store.get(&key).await.unwrap(), None);
    let before = store.backend().statistics().negative_hits;
    assert_eq!(store.get(&key).await.unwrap(), None);
    assert_eq!(store.backend().statistics().negative_hits, before + 1);
    assert!(store.insert(&key, &7).await.unwrap());
    assert_eq!(store.get(&key).await.unwrap(), Some(7));
}

#[tokio::test]
async fn an_entry_is_kept_no_longer_than_it_lives_or_may_be_kept() {
    let short = CacheLayer::new().ttl(Duration::from_millis(80));
    let store = cached(short.local(), Memory::new());
    let key = Seat { number: 1 };
    store.put(&key, &1).await.unwrap();
    store.get(&key).await.unwrap();
    // Behind the cache's back.
    Store::new(store.backend().inner().clone())
        .put(&key, &2)
        .await
        .unwrap();
    assert_eq!(store.get(&key).await.unwrap(), Some(1));
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(store.get(&key).await.unwrap(), Some(2));

    let store = cached(CacheLayer::new().local(), Memory::new());
    let ttl = Ttl::new(Duration::from_millis(80)).unwrap();
    store.with_expiry(ttl).put(&key, &3).await.unwrap();
    assert_eq!(store.get(&key).await.unwrap(), Some(3));
    assert_eq!(store.get(&key).await.unwrap(), Some(3));
    assert_eq!(hits(&store), 1);
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(store.get(&key).await.unwrap(), None);
}

#[tokio::test]
async fn what_is_cached_stays_within_its_capacity() {
    let capacity = 64 << 10;
    let store = cached(CacheLayer::new().capacity(capacity).local(), Memory::new());
    for number in 0..2_000 {
        let key = Seat { number };
        store.put(&key, &number).await.unwrap();
        assert_eq!(store.get(&key).await.unwrap(), Some(number));
    }
    let statistics = store.backend().statistics();
    assert!(statistics.bytes <= capacity, "{statistics:?}");
    assert!(statistics.entries > 100, "{statistics:?}");
    let none = cached(CacheLayer::new().capacity(0).local(), Memory::new());
    none.get(&Seat { number: 0 }).await.unwrap();
    none.get(&Seat { number: 0 }).await.unwrap();
    assert_eq!(none.backend().statistics().negative_hits, 0);
}

#[tokio::test]
async fn reads_that_something_follows_from_ask_the_store() {
    let store = cached(CacheLayer::new().local(), Memory::new());
    let direct = Store::new(store.backend().inner().clone());
    let key = Seat { number: 1 };
    store.put(&key, &1).await.unwrap();
    store.get(&key).await.unwrap();
    direct.put(&key, &10).await.unwrap();
    assert_eq!(store.get(&key).await.unwrap(), Some(1), "it is cached");
    let updated = store.update(&key, |seat| seat.map(|seat| seat + 1));
    assert_eq!(updated.await.unwrap(), Some(11));
    direct.put(&key, &20).await.unwrap();
    store.get(&key).await.unwrap();
    direct.put(&key, &30).await.unwrap();
    let mut tx = store.transaction();
    assert_eq!(tx.get(&key).await.unwrap(), Some(30));
    tx.put(&key, &31).unwrap();
    tx.commit().await.unwrap();
    assert_eq!(store.get(&key).await.unwrap(), Some(31));
    direct.put(&key, &40).await.unwrap();
    assert_eq!(store.take(&key).await.unwrap(), Some(40));
    assert_eq!(store.get(&key).await.unwrap(), None);
}

/// Memory whose answers to reads are on their way for a while.
#[derive(Debug)]
struct Late(Memory);

impl Backend for Late {
    async fn get(&self, cx: &Context, keys: &[Key]) -> Result<Vec<Option<Entry>>> {
        let answer = self.0.get(cx, keys).await;
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
        answer
    }

    forward!(0: capabilities commit commit_many write range scan snapshot health);
}

impl Notify for Late {
    async fn watch(&self, cx: &Context) -> Result<Watch> {
        self.0.watch(cx).await
    }
}

/// One of many who want an entry asks the store; where that one is dropped another does.
#[tokio::test]
async fn one_reader_asks_and_the_others_wait() {
    let store = cached(CacheLayer::new().local(), Late(Memory::new()));
    let key = Seat { number: 1 };
    store.put(&key, &7).await.unwrap();
    let first = tokio::spawn({
        let (store, key) = (store.clone(), key.clone());
        async move { store.get(&key).await }
    });
    tokio::task::yield_now().await;
    let others: Vec<_> = (0..50)
        .map(|_| {
            let (store, key) = (store.clone(), key.clone());
            tokio::spawn(async move { store.get(&key).await })
        })
        .collect();
    tokio::task::yield_now().await;
    first.abort();
    for other in others {
        assert_eq!(other.await.unwrap().unwrap(), Some(7));
    }
    assert_eq!(store.backend().statistics().misses, 2);
    assert_eq!(hits(&store), 49);
}

/// While writers raise numbers, nobody reads a number that had been overwritten before he asked.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_read_is_older_than_an_earlier_write_of_this_process() {
    let store = cached(CacheLayer::new().local(), Late(Memory::new()));
    let acknowledged: Arc<Vec<AtomicU64>> = Arc::new((0..8).map(|_| AtomicU64::new(0)).collect());
    let mut tasks = Vec::new();
    for (number, _) in (0..).zip(acknowledged.iter()) {
        let key = Seat { number };
        store.put(&key, &0).await.unwrap();
        let place = usize::try_from(number).unwrap();
        let (writer, known) = (store.clone(), Arc::clone(&acknowledged));
        tasks.push(tokio::spawn({
            let key = key.clone();
            async move {
                for round in 1..=3_000 {
                    writer.put(&key, &round).await.unwrap();
                    known[place].store(round, Ordering::SeqCst);
                    tokio::task::yield_now().await;
                }
            }
        }));
        for many in [false, true] {
            let (reader, known, key) = (store.clone(), Arc::clone(&acknowledged), key.clone());
            tasks.push(tokio::spawn(async move {
                loop {
                    let least = known[place].load(Ordering::SeqCst);
                    let read = if many {
                        let keys = [key.clone(), Seat { number: 99 }];
                        reader.get_many(&keys).await.unwrap()[0].unwrap()
                    } else {
                        reader.get(&key).await.unwrap().unwrap()
                    };
                    assert!(read >= least, "read {read} after {least} was written");
                    if least == 3_000 {
                        return;
                    }
                    tokio::task::yield_now().await;
                }
            }));
        }
    }
    for task in tasks {
        task.await.unwrap();
    }
    assert!(hits(&store) > 0);
}

/// What one process writes another sees, and what it has seen it does not unsee.
async fn processes_agree<H: Harness<Backend: Notify>>(harness: H) {
    let fixture = harness.fresh().await.unwrap();
    let one = cached(CacheLayer::new(), Arc::clone(fixture.backend()));
    let other = cached(CacheLayer::new(), fixture.connect().await.unwrap());
    warm(&one).await;
    warm(&other).await;
    let keys: Vec<Seat> = (0..4).map(|number| Seat { number }).collect();
    let mut seen = vec![0; keys.len()];
    for round in 1..=50 {
        for key in &keys {
            one.put(key, &round).await.unwrap();
        }
        eventually("the other process sees what was written", async || {
            let read = other.get_many(&keys).await.unwrap();
            for (read, seen) in read.iter().zip(&mut seen) {
                let read = read.unwrap_or_default();
                assert!(read >= *seen, "{read} came after {seen}");
                *seen = read;
            }
            seen.iter().all(|&seen| seen == round)
        })
        .await;
    }
    assert!(hits(&other) > 0);
    assert!(other.backend().statistics().notices > 0);
    one.delete_many(&keys).await.unwrap();
    eventually("the other process sees that they are gone", async || {
        let read = other.get_many(&keys).await.unwrap();
        read.iter().all(Option::is_none)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_agree_over_redis() {
    processes_agree(RedisHarness(RedisMode::Standalone)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_agree_over_a_redis_cluster() {
    processes_agree(RedisHarness(RedisMode::Cluster)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_agree_over_postgres() {
    processes_agree(PostgresHarness(PostgresMode::Direct)).await;
}

/// While nothing is heard nothing is cached; what was written meanwhile is read.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_channel_empties_the_cache() {
    let server = typed_state_tests::servers::RedisServer::options();
    let server = server.start().await.unwrap();
    let connect = async || typed_state::backends::Redis::connect(&server.url().unwrap()).await;
    let one = cached(CacheLayer::new(), connect().await.unwrap());
    let other = cached(CacheLayer::new(), connect().await.unwrap());
    warm(&one).await;
    warm(&other).await;
    let key = Seat { number: 1 };
    for round in 1..=5 {
        one.put(&key, &round).await.unwrap();
        eventually("it is cached", async || {
            let before = hits(&other);
            other.get(&key).await.unwrap() == Some(round) && hits(&other) > before
        })
        .await;
        let emptied = other.backend().statistics().emptied;
        server
            .command(&["CLIENT", "KILL", "TYPE", "pubsub"])
            .await
            .unwrap();
        one.put(&key, &(round + 100)).await.unwrap();
        eventually("what was missed is seen", async || {
            other.get(&key).await.unwrap() == Some(round + 100)
        })
        .await;
        eventually("it listens again", async || {
            other.backend().statistics().emptied >= emptied + 2
        })
        .await;
    }
}
