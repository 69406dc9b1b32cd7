//! What goes in comes out, from every backend into every other.

use std::sync::Arc;
use std::time::Duration;

use typed_state::backend::{Backend, Context, Ttl, Write, WriteBatch};
use typed_state::backends::Memory;
use typed_state::checkpoint::target::Objects;
use typed_state::checkpoint::{Checkpoints, Coverage};
use typed_state::testing::{Fixture, Harness, MemoryHarness};
use typed_state::{ErrorKind, Expiry, ManualClock, Revision, StateKey, StateValue, Store};
use typed_state_tests::EmbeddedHarness;
use typed_state_tests::postgres::{PostgresHarness, PostgresMode};
use typed_state_tests::redis::{RedisHarness, RedisMode};

use super::kit::{TTL, add, assert_same, dump, fill, grouped, key, put, restored};
use super::windows;

const STANDALONE: RedisHarness = RedisHarness(RedisMode::Standalone);
const CLUSTER: RedisHarness = RedisHarness(RedisMode::Cluster);
const POSTGRES: PostgresHarness = PostgresHarness(PostgresMode::Direct);

#[derive(Clone, Debug, StateKey)]
#[state(namespace = "priced", value = Price)]
struct Priced(u64);

#[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize, StateValue)]
#[state(name = "price")]
struct Price {
    cents: u64,
}

/// The same as a later program has it.
#[derive(Clone, Debug, StateKey)]
#[state(namespace = "priced", value = LaterPrice)]
struct LaterPriced(u64);

#[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize, StateValue)]
#[state(name = "price", version = 2, from = Price)]
struct LaterPrice {
    cents: u64,
    currency: String,
}

impl From<Price> for LaterPrice {
    fn from(price: Price) -> Self {
        Self {
            cents: price.cents,
            currency: "EUR".into(),
        }
    }
}

/// Restores what another backend had, then what that has, back in memory.
async fn into<H: Harness>(checkpoints: &Checkpoints<Objects>, harness: H) {
    let newest = checkpoints.list().await.unwrap().remove(0).id;
    let memory = Store::new(Memory::new());
    checkpoints
        .restore(&memory, &newest)
        .shift_ttls()
        .await
        .unwrap();
    let expected = dump(memory.backend()).await;

    let fixture = harness.fresh().await.unwrap();
    let store = Store::new(Arc::clone(fixture.backend()));
    checkpoints
        .restore(&store, &newest)
        .shift_ttls()
        .await
        .unwrap();
    assert_same(&expected, &dump(store.backend()).await);

    // It is used there: values of an earlier version, and windows from where they stood.
    let price = store.get(&LaterPriced(7)).await.unwrap().unwrap();
    assert_eq!((price.cents, price.currency.as_str()), (70, "EUR"));
    let found = windows::finish(&store).await;
    assert!(found == windows::finish(&memory).await);
    assert_eq!(found.1, windows::finish(&Store::new(Memory::new())).await.1);
}

async fn from<H: Harness>(harness: H) {
    let fixture = harness.fresh().await.unwrap();
    let store = Store::new(Arc::clone(fixture.backend()));
    fill(store.backend(), 300, "").await;
    store.put(&Priced(7), &Price { cents: 70 }).await.unwrap();
    let sessions = windows::open(&store).await;
    drop(sessions.apply(windows::batch(0..1_000)).await.unwrap());
    drop(sessions);
    let before = dump(store.backend()).await;
    let checkpoints = Checkpoints::new(Objects::memory()).chunk_size(4 << 10);
    let manifest = checkpoints.create(&store).await.unwrap();
    assert_eq!(manifest.entries, before.len() as u64);
    assert_eq!(manifest.namespaces["item"].entries, 300);
    assert_eq!(manifest.namespaces["count"].versions[&1], 300);
    assert!(manifest.chunks.len() > 5);
    assert_eq!(checkpoints.verify(&manifest.id).await.unwrap(), manifest);
    assert_same(&before, &dump(store.backend()).await);
    into(&checkpoints, MemoryHarness).await;
    into(&checkpoints, EmbeddedHarness::default()).await;
    into(&checkpoints, STANDALONE).await;
    into(&checkpoints, CLUSTER).await;
    into(&checkpoints, POSTGRES).await;
}

#[tokio::test]
async fn from_memory_into_all() {
    from(MemoryHarness).await;
}

#[tokio::test]
async fn from_embedded_into_all() {
    from(EmbeddedHarness::default()).await;
}

#[tokio::test]
async fn from_redis_into_all() {
    from(STANDALONE).await;
}

#[tokio::test]
async fn from_a_cluster_into_all() {
    from(CLUSTER).await;
}

#[tokio::test]
async fn from_postgres_into_all() {
    from(POSTGRES).await;
}

#[tokio::test]
async fn an_empty_store_has_an_empty_checkpoint() {
    let checkpoints = Checkpoints::new(Objects::memory());
    let store = Store::new(Memory::new());
    let manifest = checkpoints.create(&store).await.unwrap();
    assert_eq!((manifest.entries, manifest.chunks.len()), (0, 0));
    assert_eq!(manifest.coverage, Coverage::PointInTime);
    let other = Store::new(Memory::new());
    fill(other.backend(), 2, "").await;
    let done = checkpoints
        .restore(&other, &manifest.id)
        .replace()
        .await
        .unwrap();
    assert_eq!(done.removed, 11);
    let left: Vec<_> = dump(other.backend()).await.into_keys().collect();
    assert_eq!(left, [b"~fence\0samelock".to_vec()]);
}

#[tokio::test]
async fn a_directory_keeps_them() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::new(Memory::new());
    fill(store.backend(), 20, "").await;
    let open = || Checkpoints::new(Objects::local(directory.path().join("a/b")).unwrap());
    let first = open().create(&store).await.unwrap();
    let second = open().create(&store).await.unwrap();
    assert_eq!(second.parent.as_ref(), Some(&first.id));
    assert_eq!(first.chunks, second.chunks);
    let listed = open().list().await.unwrap();
    let ids: Vec<_> = listed.iter().map(|listed| &listed.id).collect();
    assert_eq!(ids, [&second.id, &first.id]);
    let other = Store::new(Memory::new());
    assert_same(
        &restored(&open(), &other).await,
        &dump(store.backend()).await,
    );
}

/// More entries than are read at once.
async fn put_many(backend: &impl Backend, value: &'static [u8]) {
    let put = |number: u64| Write::Put {
        key: key("many", &format!("{number:06}")),
        value: value.into(),
        expiry: Expiry::Never,
    };
    let batch = WriteBatch {
        revision: Revision::from_bits(value.len() as u64),
        writes: (0..4_000).map(put).collect(),
    };
    backend.write(&Context::new(), batch).await.unwrap();
}

async fn writes_meanwhile_are_not_in_it<H: Harness>(harness: H) {
    let fixture = harness.fresh().await.unwrap();
    let store = Store::new(Arc::clone(fixture.backend()));
    fill(store.backend(), 10, "").await;
    put_many(store.backend(), b"before").await;
    let before = dump(store.backend()).await;
    let checkpoints = Checkpoints::new(Objects::memory()).chunk_size(1 << 10);
    let begun = Arc::new(tokio::sync::Notify::new());
    let told = Arc::clone(&begun);
    let backend = Arc::clone(store.backend());
    let writer = tokio::spawn(async move {
        told.notified().await;
        put_many(&backend, b"afterwards").await;
        fill(&backend, 10, "later").await;
    });
    let create = checkpoints.create(&store).progress(move |progress| {
        if progress.chunks == 1 {
            begun.notify_one();
        }
    });
    create.await.unwrap();
    writer.await.unwrap();
    assert!(dump(store.backend()).await.len() > before.len());
    let other = Store::new(Memory::new());
    let newest = checkpoints.list().await.unwrap().remove(0).id;
    let restore = checkpoints.restore(&other, &newest).shift_ttls();
    restore.await.unwrap();
    assert_same(&dump(other.backend()).await, &before);
}

#[tokio::test]
async fn writes_to_memory_meanwhile_are_not_in_it() {
    writes_meanwhile_are_not_in_it(MemoryHarness).await;
}

#[tokio::test]
async fn writes_to_disk_meanwhile_are_not_in_it() {
    writes_meanwhile_are_not_in_it(EmbeddedHarness::default()).await;
}

#[tokio::test]
async fn writes_to_postgres_meanwhile_are_not_in_it() {
    writes_meanwhile_are_not_in_it(POSTGRES).await;
}

/// Of what has an hour, and of what has a quarter of one, ten minutes before a checkpoint that is restored ten minutes later.
async fn minutes_left<H: Harness>(harness: H) {
    let fixture = harness.fresh().await.unwrap();
    let store = Store::new(Arc::clone(fixture.backend()));
    let snapshot = store.backend().snapshot(&Context::new(), None).await;
    let now = snapshot.unwrap().taken_at();
    let clock = Arc::new(ManualClock::at(now.saturating_add(-20 * 60_000)));
    let builder = Memory::builder().clock(Arc::clone(&clock));
    let source = Store::new(builder.sweep_every(None).build());
    let quarter = Ttl::from_millis(900_000).unwrap();
    for (name, ttl) in [("hour", TTL), ("quarter", quarter)] {
        let key = key("brief", name);
        put(source.backend(), key, b"x", Expiry::After(ttl)).await;
    }
    clock.advance(Duration::from_mins(10));
    let checkpoints = Checkpoints::new(Objects::memory());
    let id = checkpoints.create(&source).await.unwrap().id;

    let left = async || {
        let dump = dump(store.backend()).await;
        let minutes = |left: i64| (left + 30_000) / 60_000;
        let left = dump.into_values().map(|entry| minutes(entry.left.unwrap()));
        left.collect::<Vec<_>>()
    };
    let done = checkpoints.restore(&store, &id).await.unwrap();
    assert_eq!((done.entries, done.expired), (1, 1));
    assert_eq!(left().await, [40]);
    let restore = checkpoints.restore(&store, &id).replace().shift_ttls();
    let done = restore.await.unwrap();
    assert_eq!((done.entries, done.expired), (2, 0));
    assert_eq!(left().await, [50, 5]);
}

#[tokio::test]
async fn expiry_is_absolute_or_shifted_everywhere() {
    minutes_left(MemoryHarness).await;
    minutes_left(EmbeddedHarness::default()).await;
    minutes_left(STANDALONE).await;
    minutes_left(CLUSTER).await;
    minutes_left(POSTGRES).await;
}

#[tokio::test(start_paused = true)]
async fn expiry_is_absolute_or_shifted() {
    let clock = Arc::new(ManualClock::default());
    let build = || {
        let builder = Memory::builder()
            .clock(Arc::clone(&clock))
            .sweep_every(None);
        Store::new(builder.build())
    };
    let store = build();
    put(store.backend(), key("brief", "a"), b"a", Expiry::After(TTL)).await;
    let checkpoints = Checkpoints::new(Objects::memory());
    clock.advance(Duration::from_mins(10));
    let id = checkpoints.create(&store).await.unwrap().id;
    clock.advance(Duration::from_mins(10));
    let left = async |shifts: bool| {
        let store = build();
        let restore = checkpoints.restore(&store, &id);
        let restore = if shifts {
            restore.shift_ttls()
        } else {
            restore
        };
        let done = restore.await.unwrap();
        let dump = dump(store.backend()).await;
        let left = dump
            .into_values()
            .next()
            .map(|entry| entry.left.unwrap() / 60_000);
        (left, done.entries, done.expired)
    };
    assert_eq!(left(false).await, (Some(40), 1, 0));
    assert_eq!(left(true).await, (Some(50), 1, 0));
    clock.advance(Duration::from_mins(40));
    assert_eq!(left(false).await, (None, 0, 1));
    assert_eq!(left(true).await, (Some(50), 1, 0));
}

#[tokio::test]
async fn what_belongs_to_the_living_stays_and_fences_never_fall() {
    let fence = |name: &str| grouped("~fence", "p", name).with_index(false);
    let store = Store::new(Memory::new());
    let one = store.backend();
    for living in [
        "~lock", "~queue", "~waiter", "~permit", "~member", "~receipt", "~tier",
    ] {
        put(one, key(living, "saved"), b"x", Expiry::Never).await;
    }
    add(one, fence("low"), 3).await;
    add(one, fence("high"), 30).await;
    add(one, fence("new"), 5).await;
    let checkpoints = Checkpoints::new(Objects::memory());
    let id = checkpoints.create(&store).await.unwrap().id;

    let other = Store::new(Memory::new());
    let two = other.backend();
    put(two, key("~lock", "held"), b"x", Expiry::Never).await;
    add(two, fence("low"), 10).await;
    add(two, fence("high"), 10).await;
    // It counts as empty.
    let done = checkpoints.restore(&other, &id).await.unwrap();
    assert_eq!((done.entries, done.kept), (2, 1));
    let expected = Store::new(Memory::new());
    put(
        expected.backend(),
        key("~lock", "held"),
        b"x",
        Expiry::Never,
    )
    .await;
    add(expected.backend(), fence("low"), 10).await;
    add(expected.backend(), fence("high"), 30).await;
    add(expected.backend(), fence("new"), 5).await;
    assert_same(&dump(two).await, &dump(expected.backend()).await);
}

#[tokio::test]
async fn a_store_with_entries_is_refused_and_is_as_it_was() {
    let store = Store::new(Memory::new());
    fill(store.backend(), 3, "").await;
    let checkpoints = Checkpoints::new(Objects::memory());
    let id = checkpoints.create(&store).await.unwrap().id;
    let other = Store::new(Memory::new());
    fill(other.backend(), 2, "other").await;
    let before = dump(other.backend()).await;
    let refused = checkpoints.restore(&other, &id).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Conflict);
    assert_eq!(refused.key(), Some("brief/000000"));
    assert_same(&dump(other.backend()).await, &before);
    assert_eq!(checkpoints.unfinished(&other).await.unwrap(), None);
    let done = checkpoints.restore(&other, &id).replace().await.unwrap();
    assert_eq!(done.removed, 2);
    assert_same(&dump(other.backend()).await, &dump(store.backend()).await);
}
