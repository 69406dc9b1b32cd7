//! Scans of a whole key type, in any order.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::TryStreamExt as _;

use super::fixtures::{Item, Label, Single, Tally, Twin, item, label, text};
use super::support::{Trial, key_of, size};
use crate::backend::{Backend as _, Context, Page, Projection, Scan};
use crate::key::decode_key;
use crate::testing::Harness;

/// Shows that a scan gives each entry of its type and nothing else, by every way of reading and page size.
pub async fn a_scan_gives_its_type_and_nothing_else<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let store = &trial.store;
    let expected: Vec<_> = (0..50)
        .map(|id| (Single { id }, text(id.to_string())))
        .collect();
    store
        .put_many(expected.iter().map(|(key, value)| (key, value)))
        .await
        .unwrap();
    for id in 0..20 {
        store.put(&Twin { id }, &text("twin")).await.unwrap();
        store
            .put(&label("t", &id.to_string()), &text("label"))
            .await
            .unwrap();
    }
    for page_size in [1, 7, 50, 1_000] {
        let scan = || store.scan::<Single>().page_size(size(page_size));
        let mut found = scan().collect().await.unwrap();
        found.sort();
        assert_eq!(found, expected, "by pages of {page_size}");
        let mut found: Vec<_> = scan().stream().try_collect().await.unwrap();
        found.sort();
        assert_eq!(found, expected, "as a stream, by pages of {page_size}");
        let mut found = scan().keys().collect().await.unwrap();
        found.sort();
        assert!(found.iter().eq(expected.iter().map(|(key, _)| key)));
        assert_eq!(scan().count().await.unwrap(), 50);
        assert_eq!(scan().limit(11).collect().await.unwrap().len(), 11);
        assert_eq!(scan().limit(0).collect().await.unwrap(), []);
    }
    assert_eq!(store.scan::<Tally>().count().await.unwrap(), 0);
    assert_eq!(store.scan::<Single>().limit(20).clear().await.unwrap(), 20);
    assert_eq!(
        store
            .scan::<Single>()
            .page_size(size(7))
            .clear()
            .await
            .unwrap(),
        30
    );
    assert_eq!(store.scan::<Single>().count().await.unwrap(), 0);
    assert_eq!(store.scan::<Twin>().count().await.unwrap(), 20);
    assert_eq!(store.scan::<Label>().count().await.unwrap(), 20);
}

/// Shows that a scan gives the entries of an ordered type over all of its partitions.
pub async fn a_scan_reaches_over_partitions<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let store = &trial.store;
    let mut expected = BTreeSet::new();
    for tenant in 0..40 {
        for id in 0..3 {
            let key = item(&tenant.to_string(), "s", id);
            store.put(&key, &text("x")).await.unwrap();
            expected.insert(key);
        }
    }
    let found = store
        .scan::<Item>()
        .page_size(size(9))
        .keys()
        .collect()
        .await
        .unwrap();
    assert_eq!(found.len(), expected.len());
    assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), expected);
}

/// Shows that no key comes twice in one page, that bare keys bring no value, and that keys know their partition.
pub async fn a_page_of_a_scan_repeats_nothing<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    for id in 0..100 {
        trial
            .store
            .put(&item(&(id % 7).to_string(), "s", id), &text(id.to_string()))
            .await
            .unwrap();
    }
    for projection in [Projection::Entries, Projection::Keys] {
        for limit in [1, 10, 100, 1_000] {
            let mut all = BTreeSet::new();
            let mut cursor = None;
            for page in 0.. {
                let scan = Scan {
                    namespace: "conformance.item".to_owned(),
                    projection,
                    limit: size(limit),
                    cursor,
                };
                let Page { items, next } = trial
                    .store
                    .backend()
                    .scan(&Context::new(), scan)
                    .await
                    .unwrap();
                let distinct: BTreeSet<_> = items.iter().map(|item| item.key.clone()).collect();
                assert_eq!(distinct.len(), items.len(), "a key came twice in one page");
                for found in &items {
                    let typed = key_of(&decode_key::<Item>(&found.key).unwrap());
                    assert_eq!(found.key.partition(), typed.partition(), "of {typed}");
                    let read = trial.get_raw(&found.key).await.expect("it was put");
                    match projection {
                        Projection::Entries => assert_eq!(found.entry, read),
                        Projection::Keys => assert!(found.entry.value.is_empty()),
                    }
                }
                all.extend(distinct);
                cursor = next;
                if cursor.is_none() {
                    break;
                }
                assert!(page < 10_000, "the pages do not end");
            }
            let expected: BTreeSet<_> = (0..100)
                .map(|id| key_of(&item(&(id % 7).to_string(), "s", id)))
                .collect();
            assert_eq!(all, expected, "by {limit}");
        }
    }
}

/// Shows that what a scan and a range clear is gone from both, also where the order is kept beside the data.
pub async fn clearing_a_scan_clears_its_ranges<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let store = &trial.store;
    for tenant in ["t", "u"] {
        for name in ["a", "b", "c"] {
            store.put(&label(tenant, name), &text(name)).await.unwrap();
        }
    }
    let range = |tenant| store.range(Label::prefix().tenant(tenant));
    assert_eq!(range("t").limit(1).clear().await.unwrap(), 1);
    assert_eq!(store.scan::<Label>().count().await.unwrap(), 5);
    assert_eq!(store.scan::<Label>().clear().await.unwrap(), 5);
    for tenant in ["t", "u"] {
        assert_eq!(range(tenant).count().await.unwrap(), 0);
        assert_eq!(range(tenant).keys().collect().await.unwrap(), []);
    }
    store.put(&label("t", "a"), &text("back")).await.unwrap();
    let found = range("t").collect().await.unwrap();
    assert_eq!(found, [(label("t", "a"), text("back"))]);
}

/// Shows that a scan while others insert and delete gives every key that lives throughout.
pub async fn a_scan_under_concurrent_writes_skips_nothing<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    for id in 0..200 {
        trial
            .store
            .put(&Single { id: id * 2 }, &text("stable"))
            .await
            .unwrap();
    }
    let writing = Arc::new(AtomicBool::new(true));
    let writers: Vec<_> = (0..3)
        .map(|writer| {
            let (store, writing) = (trial.store.clone(), Arc::clone(&writing));
            tokio::spawn(async move {
                let mut round: u64 = writer;
                while writing.load(Ordering::SeqCst) {
                    let key = Single {
                        id: (round * 31 % 200) * 2 + 1,
                    };
                    if round.is_multiple_of(2) {
                        store.put(&key, &text("churn")).await.unwrap();
                    } else {
                        store.delete(&key).await.unwrap();
                    }
                    round += 3;
                    tokio::task::yield_now().await;
                }
            })
        })
        .collect();
    for round in 0..trial.scaled(20) {
        let scan = trial
            .store
            .scan::<Single>()
            .page_size(size(3 + round as usize % 40));
        let found = scan.keys().collect().await.unwrap();
        let stable: BTreeSet<_> = found.iter().filter(|key| key.id % 2 == 0).collect();
        assert_eq!(
            stable.len(),
            200,
            "round {round} skips a key that lives throughout"
        );
        assert!(
            found.iter().all(|key| key.id < 400),
            "a key that nobody wrote"
        );
    }
    writing.store(false, Ordering::SeqCst);
    for writer in writers {
        writer.await.unwrap();
    }
}
