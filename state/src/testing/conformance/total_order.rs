//! Ranges over partitions, where the backend keeps all keys in one order.

use std::collections::BTreeMap;
use std::ops::Bound;

use super::fixtures::{Item, Kinds, Label, item, label, text};
use super::support::{Trial, noise, refused, size};
use crate::ErrorKind;
use crate::backend::TotalOrder;
use crate::key::{KeyField as _, KeyRange, Sampler};
use crate::testing::Harness;

/// Shows that a range over the whole type gives all partitions in the order of the keys, either way.
pub async fn a_range_over_partitions_is_in_order<H>(harness: &H)
where
    H: Harness<Backend: TotalOrder>,
{
    let trial = Trial::new(harness).await;
    let store = &trial.store;
    let mut model = BTreeMap::new();
    for seed in 0..trial.scaled(500).into() {
        let key = Kinds::sample_field(&mut Sampler::new(&noise(seed, 96)));
        model.insert(key, text(seed.to_string()));
    }
    store.put_many(&model).await.unwrap();
    store
        .put(&label("t", "x"), &text("another type"))
        .await
        .unwrap();
    let expected: Vec<_> = model.into_iter().collect();
    let found = store
        .range_across(Kinds::prefix())
        .page_size(size(17))
        .collect()
        .await
        .unwrap();
    assert!(
        found == expected,
        "the keys come in another order than their own"
    );
    let mut found = store
        .range_across(Kinds::prefix())
        .reverse()
        .collect()
        .await
        .unwrap();
    found.reverse();
    assert!(
        found == expected,
        "reversed, the keys come in another order than their own"
    );
    let count = store.range_across(Kinds::prefix()).count().await.unwrap();
    assert_eq!(count, expected.len() as u64);
}

/// Shows for every pair of whole keys as bounds that a range over partitions holds what a `BTreeMap` holds.
pub async fn ranges_between_whole_keys<H>(harness: &H)
where
    H: Harness<Backend: TotalOrder>,
{
    let trial = Trial::new(harness).await;
    let store = &trial.store;
    let mut keys = Vec::new();
    for tenant in ["", "a", "a\0", "aa", "b"] {
        for id in [-1, 0, 1] {
            keys.push(item(tenant, "s", id));
        }
    }
    keys.sort();
    for key in &keys {
        store.put(key, &text(key.to_string())).await.unwrap();
        store
            .put(&label(&key.tenant, "x"), &text("another type"))
            .await
            .unwrap();
    }
    let mut edges = vec![Bound::Unbounded];
    for key in keys
        .iter()
        .step_by(2)
        .chain([&item("a", "", 0), &item("zz", "s", 0)])
    {
        edges.extend([Bound::Included(key.clone()), Bound::Excluded(key.clone())]);
    }
    for lower in &edges {
        for upper in &edges {
            let range = || KeyRange::<Item, _>::new((lower.clone(), upper.clone()));
            let (low, high) = (bound(lower), bound(upper));
            if low.zip(high).is_some_and(|(low, high)| low > high) {
                refused(
                    store.range_across(range()).collect().await,
                    ErrorKind::InvalidInput,
                );
                continue;
            }
            let expected: Vec<_> = keys
                .iter()
                .filter(|key| match lower {
                    Bound::Included(lower) => *key >= lower,
                    Bound::Excluded(lower) => *key > lower,
                    Bound::Unbounded => true,
                })
                .filter(|key| match upper {
                    Bound::Included(upper) => *key <= upper,
                    Bound::Excluded(upper) => *key < upper,
                    Bound::Unbounded => true,
                })
                .cloned()
                .collect();
            let query = || store.range_across(range()).page_size(size(4)).keys();
            assert_eq!(
                query().collect().await.unwrap(),
                expected,
                "{lower:?} to {upper:?}"
            );
            let mut found = query().reverse().collect().await.unwrap();
            found.reverse();
            assert_eq!(found, expected, "{lower:?} to {upper:?}, reverse");
        }
    }
}

fn bound(bound: &Bound<Item>) -> Option<&Item> {
    match bound {
        Bound::Included(key) | Bound::Excluded(key) => Some(key),
        Bound::Unbounded => None,
    }
}

/// Shows that clearing over partitions clears the type and nothing else, and that a range within one
/// partition can be read the same way.
pub async fn clearing_over_partitions_touches_nothing_else<H>(harness: &H)
where
    H: Harness<Backend: TotalOrder>,
{
    let trial = Trial::new(harness).await;
    let store = &trial.store;
    for tenant in ["a", "b", "c"] {
        for id in 0..5 {
            store.put(&item(tenant, "s", id), &text("x")).await.unwrap();
            store
                .put(&label(tenant, &id.to_string()), &text("x"))
                .await
                .unwrap();
        }
    }
    let one = store
        .range_across(Item::prefix().tenant("b"))
        .count()
        .await
        .unwrap();
    assert_eq!(one, 5);
    let from_b = KeyRange::<Item, _>::new(item("b", "s", 2)..);
    assert_eq!(store.range_across(from_b).clear().await.unwrap(), 8);
    let left = store
        .range_across(Item::prefix())
        .keys()
        .collect()
        .await
        .unwrap();
    assert_eq!(left.len(), 7);
    assert_eq!(left.last(), Some(&item("b", "s", 1)));
    assert_eq!(store.range_across(Item::prefix()).clear().await.unwrap(), 7);
    assert_eq!(
        store.range_across(Label::prefix()).count().await.unwrap(),
        15
    );
}
