//! Maps, lists, counters and aggregates: what they promise, on memory and on disk.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use typed_state::backend::{Backend, TotalOrder, Transactional};
use typed_state::backends::{Embedded, Memory};
use typed_state::primitive::{Aggregate, Aggregated, List, Map, Merge};
use typed_state::{Counter, ErrorKind, ManualClock, StateKey, StateValue, Store, Ttl};

#[derive(StateKey, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[state(namespace = "cart", value = Map<String, u32>)]
struct Cart {
    customer: u64,
}

#[derive(StateKey, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[state(namespace = "cart-total", value = Counter)]
struct CartTotal {
    customer: u64,
}

#[derive(StateKey, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[state(namespace = "history", value = List<String>)]
struct History {
    user: String,
}

#[derive(StateKey, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[state(namespace = "latency", value = Aggregated<Mean>)]
struct Latency {
    service: String,
}

#[derive(Serialize, Deserialize, StateValue, Clone, Debug, PartialEq)]
#[state(name = "mean")]
struct MeanState {
    count: u64,
    sum: i64,
}

struct Mean;

impl Aggregate for Mean {
    type Input = i64;
    type Accumulator = MeanState;
    type Output = Option<i64>;

    fn empty() -> MeanState {
        MeanState { count: 0, sum: 0 }
    }

    fn add(state: &mut MeanState, input: &i64) {
        state.count += 1;
        state.sum += input;
    }

    fn output(state: &MeanState) -> Option<i64> {
        state.sum.checked_div(i64::try_from(state.count).ok()?)
    }
}

impl Merge for Mean {
    fn merge(state: &mut MeanState, other: &MeanState) {
        state.count += other.count;
        state.sum += other.sum;
    }
}

/// Runs `check` on a fresh store of each backend, with the clock that it goes by.
macro_rules! on_both {
    ($($name:ident => $check:ident;)*) => {
        mod memory {
            use super::*;
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let clock = Arc::new(ManualClock::default());
                let store = Store::new(Memory::builder().clock(Arc::clone(&clock)).build());
                super::$check(store, &clock).await.unwrap();
            })*
        }

        mod embedded {
            use super::*;
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let clock = Arc::new(ManualClock::default());
                let dir = tempfile::tempdir().unwrap();
                let backend = Embedded::builder(dir.path()).clock(Arc::clone(&clock)).open().await.unwrap();
                super::$check(Store::new(backend), &clock).await.unwrap();
            })*
        }
    };
}

on_both! {
    map_is_a_map => map_is_a_map;
    maps_of_different_keys_do_not_mix => maps_of_different_keys_do_not_mix;
    map_entries_commit_with_other_keys => map_entries_commit_with_other_keys;
    list_grows_and_is_trimmed => list_grows_and_is_trimmed;
    list_appends_race => list_appends_race;
    list_bounds_outlive_the_items => list_bounds_outlive_the_items;
    counters_count => counters_count;
    aggregates_lose_no_input => aggregates_lose_no_input;
}

type Checked = typed_state::Result<()>;

trait Any: Backend + Transactional + TotalOrder {}
impl<B: Backend + Transactional + TotalOrder> Any for B {}

async fn map_is_a_map<B: Any>(store: Store<B>, _: &ManualClock) -> Checked {
    let key = Cart { customer: 1 };
    let cart = store.map(&key);
    let mut model = BTreeMap::new();
    for (field, count) in [
        ("pear", 1),
        ("apple", 2),
        ("", 3),
        ("a\0b", 4),
        ("apple", 5),
        ("apples", 6),
    ] {
        cart.put(field, &count).await?;
        model.insert(field.to_owned(), count);
    }
    assert_eq!(
        cart.entries().collect().await?,
        model.clone().into_iter().collect::<Vec<_>>()
    );
    assert_eq!(
        cart.fields().reverse().collect().await?,
        model.keys().rev().cloned().collect::<Vec<_>>()
    );
    assert_eq!(
        cart.range("apple".."pear").collect().await?,
        [("apple".to_owned(), 5), ("apples".to_owned(), 6)]
    );
    assert_eq!(cart.range(..="apple").count().await?, 3);
    assert_eq!(cart.get("apple").await?, Some(5));
    assert_eq!(cart.get("appl").await?, None);
    assert!(cart.remove("apple").await?);
    assert!(!cart.remove("apple").await?);
    assert_eq!(
        store
            .update(&cart.entry("pear"), |n| n.map(|n| n * 10))
            .await?,
        Some(10)
    );
    assert_eq!(cart.entries().clear().await?, 4);
    assert_eq!(cart.entries().count().await?, 0);
    Ok(())
}

async fn maps_of_different_keys_do_not_mix<B: Any>(store: Store<B>, _: &ManualClock) -> Checked {
    let (one, other) = (Cart { customer: 1 }, Cart { customer: 1 << 8 });
    store.map(&one).put("x", &1).await?;
    store.map(&other).put("x", &2).await?;
    assert_eq!(store.map(&one).entries().clear().await?, 1);
    assert_eq!(
        store.map(&other).entries().collect().await?,
        [("x".to_owned(), 2)]
    );
    Ok(())
}

async fn map_entries_commit_with_other_keys<B: Any>(store: Store<B>, _: &ManualClock) -> Checked {
    let (key, total) = (Cart { customer: 9 }, CartTotal { customer: 9 });
    let cart = store.map(&key);
    let mut transaction = store.transaction();
    transaction.require_absent(&cart.entry("pear"))?;
    transaction.put(&cart.entry("pear"), &3)?.add(&total, 3)?;
    transaction.commit().await?;
    assert_eq!(
        (cart.get("pear").await?, store.counter(&total)?.get().await?),
        (Some(3), 3)
    );

    let mut transaction = store.transaction();
    transaction.require_absent(&cart.entry("pear"))?;
    transaction.add(&total, 3)?;
    assert_eq!(
        transaction.commit().await.unwrap_err().kind(),
        ErrorKind::Conflict
    );
    assert_eq!(store.counter(&total)?.get().await?, 3);

    let other = CartTotal { customer: 8 };
    let mut transaction = store.transaction();
    transaction.put(&cart.entry("fig"), &1)?;
    let refused = transaction.add(&other, 1).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidInput, "{refused}");
    Ok(())
}

async fn list_grows_and_is_trimmed<B: Any>(store: Store<B>, _: &ManualClock) -> Checked {
    let key = History { user: "u".into() };
    let list = store.list(&key);
    assert_eq!(list.span().await?, 0..0);
    list.trim_before(10).await?;
    assert_eq!(list.append(&"a".into()).await?, 0);
    let more: Vec<String> = (1..1_500).map(|n| n.to_string()).collect();
    assert_eq!(list.append_many(&more).await?, 1);
    assert_eq!(list.append_many(&[]).await?, 1_500);
    assert_eq!(list.span().await?, 0..1_500);
    assert_eq!(
        list.range(1..3).collect().await?,
        [(1, "1".to_owned()), (2, "2".to_owned())]
    );
    assert_eq!(
        list.items().reverse().limit(1).collect().await?,
        [(1_499, "1499".to_owned())]
    );

    list.trim_before(1_200).await?;
    assert_eq!(list.span().await?, 1_200..1_500);
    assert_eq!(list.items().count().await?, 300);
    assert_eq!(list.get(1_199).await?, None);
    list.keep_last(1).await?;
    assert_eq!(list.items().collect().await?, [(1_499, "1499".to_owned())]);
    list.keep_last(0).await?;
    assert_eq!(
        list.append(&"next".into()).await?,
        1_500,
        "an index never comes back"
    );
    Ok(())
}

async fn list_appends_race<B: Any>(store: Store<B>, _: &ManualClock) -> Checked {
    let tasks: Vec<_> = (0..8)
        .map(|task| {
            let store = store.clone();
            tokio::spawn(async move {
                let key = History { user: "u".into() };
                let mut indexes = Vec::new();
                for n in 0..25 {
                    indexes.push(store.list(&key).append(&format!("{task}:{n}")).await?);
                }
                Ok::<_, typed_state::Error>(indexes)
            })
        })
        .collect();
    let mut indexes = Vec::new();
    for task in tasks {
        let of_task = task.await.unwrap()?;
        assert!(of_task.is_sorted());
        indexes.extend(of_task);
    }
    indexes.sort_unstable();
    assert_eq!(indexes, (0..200).collect::<Vec<_>>());
    Ok(())
}

async fn list_bounds_outlive_the_items<B: Any>(store: Store<B>, clock: &ManualClock) -> Checked {
    let key = History { user: "u".into() };
    let seconds = |n| Ttl::new(Duration::from_secs(n)).unwrap();
    store
        .with_expiry(seconds(100))
        .list(&key)
        .append(&"long".into())
        .await?;
    store
        .with_expiry(seconds(10))
        .list(&key)
        .append(&"short".into())
        .await?;
    clock.advance(Duration::from_secs(50));
    let list = store.list(&key);
    assert_eq!(list.items().collect().await?, [(0, "long".to_owned())]);
    assert_eq!(
        list.span().await?,
        0..2,
        "the bounds live as long as the longest item"
    );
    clock.advance(Duration::from_secs(51));
    assert_eq!(list.span().await?, 0..0);
    Ok(())
}

async fn counters_count<B: Any>(store: Store<B>, _: &ManualClock) -> Checked {
    let counter = store.counter(&CartTotal { customer: 1 })?;
    assert_eq!(counter.get().await?, 0);
    assert_eq!(counter.add(5).await?, 5);
    assert_eq!(counter.add(-7).await?, -2);
    assert_eq!(
        store.get(&CartTotal { customer: 1 }).await?,
        Some(Counter(-2))
    );
    store
        .put(&CartTotal { customer: 1 }, &Counter(i64::MAX))
        .await?;
    assert_eq!(
        counter.add(1).await.unwrap_err().kind(),
        ErrorKind::Overflow
    );
    assert_eq!(counter.get().await?, i64::MAX);
    assert!(counter.reset().await?);
    assert!(!counter.reset().await?);
    Ok(())
}

async fn aggregates_lose_no_input<B: Any>(store: Store<B>, _: &ManualClock) -> Checked {
    let tasks: Vec<_> = (0..8_i64)
        .map(|task| {
            let store = store.clone();
            tokio::spawn(async move {
                for n in 0..25 {
                    store
                        .aggregate(&Latency {
                            service: "s".into(),
                        })
                        .add([&(task * 25 + n)])
                        .await?;
                }
                Ok::<_, typed_state::Error>(())
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap()?;
    }
    let key = Latency {
        service: "s".into(),
    };
    let state = store.get(&key).await?.unwrap();
    assert_eq!(
        *state.accumulator(),
        MeanState {
            count: 200,
            sum: (0..200).sum()
        }
    );
    let merged = store
        .aggregate(&key)
        .merge(&MeanState { count: 200, sum: 0 })
        .await?;
    assert_eq!(merged, Some(199 * 200 / 2 / 400));
    assert!(store.aggregate(&key).reset().await?);
    assert_eq!(store.aggregate(&key).get().await?, None);
    Ok(())
}
