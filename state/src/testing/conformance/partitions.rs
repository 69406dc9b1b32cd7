//! Partitions: what shares one, and that nothing reaches over several without the capability.

use std::num::NonZeroUsize;

use super::fixtures::{Label, Single, Tally, Twin, item, label, tally, text};
use super::support::{Trial, key_of, put, refused};
use crate::backend::{
    Backend as _, Commit, Context, Direction, Effect, KeyBytes, Outcome, Projection, Range, Scan,
    Scope,
};
use crate::testing::Harness;
use crate::{Counter, ErrorKind, Expiry, Revision};

/// Shows that keys of any types whose partition fields are equal commit together.
pub async fn key_types_of_one_partition_commit_together<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let store = &trial.store;
    let mut tx = store.transaction();
    tx.require_absent(&label("t", "x")).unwrap();
    tx.put(&label("t", "x"), &text("label")).unwrap();
    tx.put(&item("t", "x", 1), &text("item")).unwrap();
    tx.add(&tally("t", 1), 1).unwrap();
    tx.commit().await.unwrap();
    assert_eq!(
        store.get(&label("t", "x")).await.unwrap(),
        Some(text("label"))
    );
    assert_eq!(
        store.get(&item("t", "x", 1)).await.unwrap(),
        Some(text("item"))
    );
    assert_eq!(store.get(&tally("t", 1)).await.unwrap(), Some(Counter(1)));

    let mut tx = store.transaction();
    tx.put(&Single { id: 5 }, &text("single")).unwrap();
    tx.put(&Twin { id: 5 }, &text("twin")).unwrap();
    tx.commit().await.unwrap();
    assert_eq!(
        store.get(&Single { id: 5 }).await.unwrap(),
        Some(text("single"))
    );
    assert_eq!(
        store.get(&Twin { id: 5 }).await.unwrap(),
        Some(text("twin"))
    );
}

/// Shows that a key of another partition is refused when it is added, before anything is sent, by every
/// method of a transaction, and that what was added before it can still be committed.
pub async fn keys_of_another_partition_are_refused<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let store = &trial.store;
    let there = label("there", "x");
    store.put(&there, &text("untouched")).await.unwrap();
    let mut tx = store.transaction();
    tx.put(&label("here", "x"), &text("x")).unwrap();
    let kind = ErrorKind::InvalidInput;
    let error = refused(tx.put(&there, &text("y")), kind);
    assert!(
        error.key().is_some_and(|key| key.contains("there")),
        "{error}"
    );
    refused(tx.delete(&there), kind);
    refused(tx.touch(&there, Expiry::Never), kind);
    refused(tx.require_absent(&there), kind);
    refused(tx.require_present(&there), kind);
    refused(tx.require_revision(&there, Revision::from_bits(1)), kind);
    refused(tx.add(&tally("there", 1), 1), kind);
    refused(tx.get(&there).await, kind);
    refused(tx.put(&label("her", "x"), &text("y")), kind);
    refused(tx.put(&label("here\0", "x"), &text("y")), kind);
    assert_eq!(
        store.get(&label("here", "x")).await.unwrap(),
        None,
        "nothing was sent"
    );
    assert_eq!(tx.commit().await.unwrap().effects, [Effect::Put]);
    assert_eq!(
        store.get(&label("here", "x")).await.unwrap(),
        Some(text("x"))
    );
    assert_eq!(store.get(&there).await.unwrap(), Some(text("untouched")));
    assert_eq!(
        store
            .range(Label::prefix().tenant("there"))
            .count()
            .await
            .unwrap(),
        1
    );
    assert_eq!(
        store
            .range(Tally::prefix().tenant("there"))
            .count()
            .await
            .unwrap(),
        0
    );
}

/// Shows that a commit over several partitions is refused with a typed error, and applies nothing, where
/// the backend does not say that it can.
pub async fn a_commit_over_partitions_needs_the_capability<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let keys = [key_of(&label("one", "x")), key_of(&label("two", "x"))];
    let mut commit = Commit::new(Revision::from_bits(1), Scope::Store);
    for key in &keys {
        commit.apply(put(key, b"x")).unwrap();
    }
    let cx = Context::new();
    let result = trial.store.backend().commit(&cx, commit).await;
    let entries = trial.store.backend().get(&cx, &keys).await.unwrap();
    if trial.store.capabilities().transactional {
        assert_eq!(
            result.unwrap(),
            Outcome::Applied([Effect::Put, Effect::Put].into_iter().collect())
        );
        assert!(entries.iter().all(Option::is_some));
    } else {
        refused(result, ErrorKind::Unsupported);
        assert_eq!(entries, [None, None]);
    }
}

/// Shows that a range over several partitions is refused with a typed error where the backend does not keep
/// all keys in one order.
pub async fn a_range_over_partitions_needs_the_capability<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    trial
        .store
        .put(&item("a", "s", 1), &text("a"))
        .await
        .unwrap();
    trial
        .store
        .put(&item("b", "s", 1), &text("b"))
        .await
        .unwrap();
    let range = Range {
        start: KeyBytes::from(&b"conformance.item\0"[..]),
        end: KeyBytes::from(&b"conformance.item\x01"[..]),
        partition_end: None,
        direction: Direction::Forward,
        projection: Projection::Entries,
        limit: NonZeroUsize::MAX,
        cursor: None,
    };
    let result = trial.store.backend().range(&Context::new(), range).await;
    if trial.store.capabilities().total_order {
        let keys: Vec<_> = result
            .unwrap()
            .items
            .into_iter()
            .map(|item| item.key)
            .collect();
        assert_eq!(
            keys,
            [key_of(&item("a", "s", 1)), key_of(&item("b", "s", 1))]
        );
    } else {
        refused(result, ErrorKind::Unsupported);
    }
}

/// Shows that a key comes back from ranges, scans and snapshots with its partition and with the mark that ranges over its
/// namespace are read, expiring or not, so that what is copied to another backend lands there as it would have been written.
pub async fn keys_come_back_as_they_were_written<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let hour = crate::Ttl::from_millis(3_600_000).unwrap();
    trial
        .store
        .put(&label("t", "x"), &text("ordered"))
        .await
        .unwrap();
    trial
        .store
        .with_expiry(hour)
        .put(&label("t", "y"), &text("ordered"))
        .await
        .unwrap();
    trial
        .store
        .put(&Single { id: 5 }, &text("single"))
        .await
        .unwrap();
    trial
        .store
        .with_expiry(hour)
        .put(&Single { id: 6 }, &text("single"))
        .await
        .unwrap();
    let labels = [key_of(&label("t", "x")), key_of(&label("t", "y"))];
    let singles = [key_of(&Single { id: 5 }), key_of(&Single { id: 6 })];

    let (cx, backend) = (Context::new(), trial.backend());
    let mut found = Vec::new();
    for key in [&labels[0], &singles[0]] {
        let namespace = String::from_utf8(key.namespace().to_vec()).unwrap();
        let limit = NonZeroUsize::new(10).unwrap();
        let mut scan = Scan {
            namespace: namespace.clone(),
            projection: Projection::Keys,
            limit,
            cursor: None,
        };
        loop {
            let page = backend.scan(&cx, scan.clone()).await.unwrap();
            found.extend(page.items);
            match page.next {
                Some(cursor) => scan.cursor = Some(cursor),
                None => break,
            }
        }
        let mut snapshot = backend.snapshot(&cx, Some(namespace)).await.unwrap();
        loop {
            let items = snapshot.next(limit).await.unwrap();
            if items.is_empty() {
                break;
            }
            found.extend(items);
        }
    }
    let partition_end = labels[0].partition_end();
    let range = Range {
        start: KeyBytes::from(&labels[0].as_bytes()[..partition_end]),
        end: KeyBytes::from(&[&labels[0].as_bytes()[..partition_end], &[0xFF]].concat()[..]),
        partition_end: Some(partition_end),
        direction: Direction::Forward,
        projection: Projection::Entries,
        limit: NonZeroUsize::new(10).unwrap(),
        cursor: None,
    };
    found.extend(backend.range(&cx, range).await.unwrap().items);

    assert_eq!(
        found.len(),
        10,
        "four of each scan and snapshot, two of the range: {found:?}"
    );
    for item in found {
        let written = labels
            .iter()
            .chain(&singles)
            .find(|key| **key == item.key)
            .unwrap();
        assert_eq!(
            item.key.partition_end(),
            written.partition_end(),
            "of {written}"
        );
        assert_eq!(item.key.is_indexed(), written.is_indexed(), "of {written}");
    }
}
