//! Ranges and prefixes: exactly the keys within, in the order of the keys, either way.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::ops::Bound;

use futures_util::TryStreamExt as _;

use super::fixtures::{Item, Kinds, Label, item, label, text};
use super::support::{Trial, noise, refused};
use crate::ErrorKind;
use crate::key::{KeyField as _, Sampler};
use crate::testing::Harness;

/// Numbers at the ends of their range and around zero, in order.
const IDS: [i64; 9] = [
    i64::MIN,
    i64::MIN + 1,
    -256,
    -1,
    0,
    1,
    255,
    i64::MAX - 1,
    i64::MAX,
];

/// Shows that keys of every kind of field come in the order of the keys, forward and reverse, and that each
/// reads back as it was: negative numbers, empty strings, NUL within, `Option`, descending fields, enums
/// with data, nested parts.
pub async fn keys_of_every_kind_come_in_order<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let store = &trial.store;
    let mut model = BTreeMap::new();
    for seed in 0..trial.scaled(500).into() {
        let bytes = noise(seed, 96);
        let mut key = Kinds::sample_field(&mut Sampler::new(&bytes));
        key.lot = 7;
        model.insert(key, text(seed.to_string()));
    }
    store.put_many(&model).await.unwrap();
    let mut elsewhere = model.keys().next().expect("there are many").clone();
    elsewhere.lot = 8;
    store.put(&elsewhere, &text("elsewhere")).await.unwrap();

    let expected: Vec<_> = model
        .iter()
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    let found = store.range(Kinds::prefix().lot(7)).collect().await.unwrap();
    assert!(found == expected, "{}", first_difference(&found, &expected));
    let mut found = store
        .range(Kinds::prefix().lot(7))
        .reverse()
        .collect()
        .await
        .unwrap();
    found.reverse();
    assert!(found == expected, "{}", first_difference(&found, &expected));
    let got = store.get_many(model.keys()).await.unwrap();
    assert!(got.into_iter().eq(model.values().cloned().map(Some)));
    let numbers = store
        .range(Kinds::prefix().lot(7).number_range(-5..=5))
        .keys()
        .collect()
        .await
        .unwrap();
    let expected: Vec<_> = model
        .into_keys()
        .filter(|key| (-5..=5).contains(&key.number))
        .collect();
    assert_eq!(numbers, expected);
}

fn first_difference<T: PartialEq + std::fmt::Debug>(found: &[T], expected: &[T]) -> String {
    match found
        .iter()
        .zip(expected)
        .position(|(found, expected)| found != expected)
    {
        Some(at) => format!("at {at}: {:?} instead of {:?}", found[at], expected[at]),
        None => format!("{} entries instead of {}", found.len(), expected.len()),
    }
}

/// Shows for every pair of bounds (included, excluded, open) around every key that a range holds what a
/// `BTreeMap` holds, forward and reverse, with limits and pages of any size.
pub async fn ranges_hold_what_a_map_holds<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let store = &trial.store;
    let mut model = BTreeMap::new();
    for id in IDS {
        store
            .put(&item("t", "s", id), &text(id.to_string()))
            .await
            .unwrap();
        model.insert(id, text(id.to_string()));
        // Neighbours that no range of this shelf holds.
        store
            .put(&item("t", "r", id), &text("other shelf"))
            .await
            .unwrap();
        store
            .put(&item("t", "s\0", id), &text("other shelf"))
            .await
            .unwrap();
        store
            .put(&item("u", "s", id), &text("other tenant"))
            .await
            .unwrap();
    }
    let bounds = |id| [Bound::Included(id), Bound::Excluded(id)];
    let mut edges: Vec<Bound<i64>> = [i64::MIN, -2, -1, 0, 100, i64::MAX]
        .into_iter()
        .flat_map(bounds)
        .collect();
    edges.push(Bound::Unbounded);
    for &lower in &edges {
        for &upper in &edges {
            let query = || {
                let shelf = Item::prefix().tenant("t").shelf("s");
                store.range(shelf.id_range((lower, upper)))
            };
            if starts_after_end(lower, upper) {
                refused(query().collect().await, ErrorKind::InvalidInput);
                continue;
            }
            let expected: Vec<_> = model
                .iter()
                .filter(|(id, _)| within(**id, lower, upper))
                .map(|(id, value)| (item("t", "s", *id), value.clone()))
                .collect();
            let what = format!("{lower:?} to {upper:?}");
            assert_eq!(query().collect().await.unwrap(), expected, "{what}");
            assert_eq!(
                query().count().await.unwrap(),
                expected.len() as u64,
                "{what}"
            );
            let mut backwards = query().reverse().collect().await.unwrap();
            backwards.reverse();
            assert_eq!(backwards, expected, "{what}, reverse");
            let keys: Vec<_> = expected.iter().map(|(key, _)| key.clone()).collect();
            assert_eq!(
                query().keys().collect().await.unwrap(),
                keys,
                "{what}, keys"
            );
            let two = NonZeroUsize::MIN.saturating_add(1);
            let streamed = query()
                .page_size(two)
                .stream()
                .try_collect::<Vec<_>>()
                .await
                .unwrap();
            assert_eq!(streamed, expected, "{what}, as a stream");
        }
    }
}

fn within(id: i64, lower: Bound<i64>, upper: Bound<i64>) -> bool {
    let above = match lower {
        Bound::Included(lower) => id >= lower,
        Bound::Excluded(lower) => id > lower,
        Bound::Unbounded => true,
    };
    let below = match upper {
        Bound::Included(upper) => id <= upper,
        Bound::Excluded(upper) => id < upper,
        Bound::Unbounded => true,
    };
    above && below
}

fn starts_after_end(lower: Bound<i64>, upper: Bound<i64>) -> bool {
    match (lower, upper) {
        (Bound::Included(a) | Bound::Excluded(a), Bound::Included(b) | Bound::Excluded(b)) => a > b,
        _ => false,
    }
}

/// Shows that limits and page sizes of any size give the first entries of the range, forward and reverse.
pub async fn limits_and_pages_of_any_size<H: Harness>(harness: &H) {
    const COUNT: usize = 23;
    let trial = Trial::new(harness).await;
    let store = &trial.store;
    let all: Vec<_> = (0..)
        .take(COUNT)
        .map(|id| (item("t", "s", id - 11), text(id.to_string())))
        .collect();
    store
        .put_many(all.iter().map(|(key, value)| (key, value)))
        .await
        .unwrap();
    let backwards: Vec<_> = all.iter().rev().cloned().collect();
    for page_size in [1, 2, 3, 7, COUNT - 1, COUNT, COUNT + 1, 1_000] {
        for limit in [0, 1, 2, 6, 7, 8, COUNT - 1, COUNT, COUNT + 1, usize::MAX] {
            let query = || {
                let page_size = NonZeroUsize::new(page_size).expect("not zero");
                store
                    .range(Item::prefix().tenant("t"))
                    .limit(limit)
                    .page_size(page_size)
            };
            let what = format!("limit {limit} by pages of {page_size}");
            let expected = limit.min(COUNT);
            assert_eq!(query().collect().await.unwrap(), all[..expected], "{what}");
            let found = query().reverse().collect().await.unwrap();
            assert_eq!(found, backwards[..expected], "{what}, reverse");
            assert_eq!(query().count().await.unwrap(), expected as u64, "{what}");
        }
    }
    let cleared = store
        .range(Item::prefix().tenant("t"))
        .limit(5)
        .page_size(NonZeroUsize::MIN.saturating_add(1))
        .clear()
        .await
        .unwrap();
    assert_eq!(cleared, 5);
    let left = store
        .range(Item::prefix().tenant("t"))
        .collect()
        .await
        .unwrap();
    assert_eq!(left, all[5..]);
}

/// Shows that a range that starts after its end is an error that says so, in every way of reading it.
pub async fn a_range_that_starts_after_its_end_is_an_error<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let store = &trial.store;
    store.put(&item("t", "s", 1), &text("x")).await.unwrap();
    let (one, two) = (1, 2);
    let range = || store.range(Item::prefix().tenant("t").shelf("s").id_range(two..one));
    let kind = ErrorKind::InvalidInput;
    let error = refused(range().collect().await, kind);
    assert!(error.to_string().contains("conformance.item"), "{error}");
    refused(range().count().await, kind);
    refused(range().clear().await, kind);
    refused(range().page(None).await, kind);
    refused(range().reverse().keys().collect().await, kind);
    refused(range().stream().try_collect::<Vec<_>>().await, kind);
    assert_eq!(
        store.get(&item("t", "s", 1)).await.unwrap(),
        Some(text("x"))
    );
}

/// Shows that a range without keys is empty and no error.
pub async fn an_empty_range_is_empty<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let store = &trial.store;
    for reverse in [false, true] {
        let query = || {
            let query = store.range(Item::prefix().tenant("t"));
            if reverse { query.reverse() } else { query }
        };
        assert_eq!(query().collect().await.unwrap(), []);
        assert_eq!(query().count().await.unwrap(), 0);
        assert_eq!(query().clear().await.unwrap(), 0);
        let (page, next) = query().page(None).await.unwrap();
        assert!(page.is_empty() && next.is_none());
        store
            .put(&item("s", "s", 1), &text("before"))
            .await
            .unwrap();
        store.put(&item("u", "s", 1), &text("after")).await.unwrap();
    }
}

/// Shows that a range gives values, revisions and times to live as `get_versioned` does.
pub async fn a_range_gives_revisions_and_lifetimes<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let store = &trial.store;
    store.put(&label("t", "a"), &text("a")).await.unwrap();
    let expiring = store.with_expiry(crate::Ttl::MAX);
    expiring.put(&label("t", "b"), &text("b")).await.unwrap();
    let ranged = store
        .range(Label::prefix().tenant("t"))
        .versioned()
        .collect()
        .await
        .unwrap();
    let mut scanned = store.scan::<Label>().versioned().collect().await.unwrap();
    scanned.sort_by(|(a, _), (b, _)| a.cmp(b));
    for entries in [ranged, scanned] {
        assert_eq!(entries.len(), 2);
        for (key, entry) in entries {
            let read = store
                .get_versioned(&key)
                .await
                .unwrap()
                .expect("it was put");
            assert_eq!(
                (entry.value, entry.revision),
                (read.value, read.revision),
                "{key}"
            );
            assert_eq!(entry.ttl.is_some(), key.name == "b", "{key}");
        }
    }
}
