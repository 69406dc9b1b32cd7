//! Partitions: what shares one, and that nothing reaches over several without the capability.

use std::num::NonZeroUsize;

use super::fixtures::{Label, Single, Tally, Twin, item, label, tally, text};
use super::support::{Trial, key_of, put, refused};
use crate::backend::{
    Backend as _, Commit, Context, Direction, Effect, KeyBytes, Outcome, Projection, Range, Scope,
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
