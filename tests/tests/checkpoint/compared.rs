//! What differs between two checkpoints, by any backend and in any order.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use typed_state::checkpoint::Checkpoints;
use typed_state::checkpoint::target::Objects;
use typed_state::testing::{Fixture as _, Harness, MemoryHarness};
use typed_state::{StateKey, Store, Ttl};
use typed_state_tests::redis::{RedisHarness, RedisMode};
use typed_state_tests::{EmbeddedHarness, seed};

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, StateKey)]
#[state(namespace = "stock", value = u64)]
struct Stock {
    article: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, StateKey)]
#[state(namespace = "prices", value = u64)]
struct Price {
    article: u32,
}

type Found = BTreeMap<Stock, (Option<u64>, Option<u64>)>;

async fn differences_are_found<H: Harness>(harness: H) {
    let mut random = StdRng::seed_from_u64(seed());
    let fixture = harness.fresh().await.unwrap();
    let store = Store::new(Arc::clone(fixture.backend()));
    let mut model = BTreeMap::new();
    for article in 0..600 {
        let value = random.random_range(0..1_000);
        store.put(&Stock { article }, &value).await.unwrap();
        store.put(&Price { article }, &value).await.unwrap();
        model.insert(Stock { article }, value);
    }
    let checkpoints = Checkpoints::new(Objects::memory()).chunk_size(1 << 10);
    let before = checkpoints.create(&store).await.unwrap().id;
    let old = model.clone();

    for _ in 0..60 {
        let key = Stock {
            article: random.random_range(0..700),
        };
        if random.random_bool(0.3) {
            store.delete(&key).await.unwrap();
            model.remove(&key);
        } else {
            let value = random.random_range(0..1_000);
            store.put(&key, &value).await.unwrap();
            model.insert(key, value);
        }
    }
    let hour = Ttl::new(Duration::from_hours(1)).unwrap();
    assert!(store.touch(&Price { article: 7 }, hour).await.unwrap());
    let after = checkpoints.create(&store).await.unwrap().id;

    let mut expected = Found::new();
    for key in old.keys().chain(model.keys()) {
        let pair = (old.get(key).copied(), model.get(key).copied());
        if pair.0 != pair.1 {
            expected.insert(key.clone(), pair);
        }
    }
    let diff = checkpoints.diff(&before, &after).await.unwrap();
    let mut found = Found::new();
    let mut entries = diff.entries::<Stock>();
    while let Some(one) = entries.next().await.unwrap() {
        let pair = (
            one.before.map(|saved| saved.value),
            one.after.map(|saved| saved.value),
        );
        assert_eq!(found.insert(one.key, pair), None, "it came twice");
    }
    assert_eq!(found, expected);

    let counts = diff.counts().await.unwrap();
    let count = |is: fn(&(Option<u64>, Option<u64>)) -> bool| {
        expected.values().filter(|pair| is(pair)).count() as u64
    };
    assert_eq!(counts["stock"].added, count(|pair| pair.0.is_none()));
    assert_eq!(counts["stock"].removed, count(|pair| pair.1.is_none()));
    let changed = count(|pair| pair.0.is_some() && pair.1.is_some());
    assert_eq!(counts["stock"].changed, changed);
    assert_eq!((counts["prices"].changed, counts.len()), (1, 2));
    let price = diff.entries::<Price>().next().await.unwrap().unwrap();
    assert_eq!(price.key, Price { article: 7 });
    assert!(price.before.unwrap().expires.is_none());
    assert!(price.after.unwrap().expires.is_some());

    let same = checkpoints.diff(&after, &after).await.unwrap();
    assert!(same.counts().await.unwrap().is_empty());
}

#[tokio::test]
async fn differences_are_found_in_memory() {
    differences_are_found(MemoryHarness).await;
}

#[tokio::test]
async fn differences_are_found_on_disk() {
    differences_are_found(EmbeddedHarness::default()).await;
}

#[tokio::test]
async fn differences_are_found_on_redis() {
    differences_are_found(RedisHarness(RedisMode::Standalone)).await;
}

/// What expires at nearly the same time, and what has expired, makes no difference where that is asked for.
#[tokio::test]
async fn a_copy_is_as_good_as_what_it_was_made_of() {
    let fixture = MemoryHarness.fresh().await.unwrap();
    let store = Store::new(Arc::clone(fixture.backend()));
    let short = store.with_expiry(Ttl::new(Duration::from_secs(5)).unwrap());
    let long = store.with_expiry(Ttl::new(Duration::from_mins(5)).unwrap());
    short.put(&Stock { article: 1 }, &1).await.unwrap();
    long.put(&Stock { article: 2 }, &2).await.unwrap();
    let checkpoints = Checkpoints::new(Objects::memory());
    let before = checkpoints.create(&store).await.unwrap().id;
    fixture.elapse(Duration::from_secs(6)).await.unwrap();
    let later = Ttl::new(Duration::from_secs(295)).unwrap();
    assert!(store.touch(&Stock { article: 2 }, later).await.unwrap());
    let after = checkpoints.create(&store).await.unwrap().id;

    let exact = checkpoints.diff(&before, &after).await.unwrap();
    let counts = exact.counts().await.unwrap()["stock"];
    assert_eq!((counts.added, counts.removed, counts.changed), (0, 1, 1));
    let loose = checkpoints.diff(&before, &after).await.unwrap();
    let loose = loose.expiry_within(Duration::from_secs(2));
    assert!(loose.counts().await.unwrap().is_empty());
}
