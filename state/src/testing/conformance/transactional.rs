//! Commits over several partitions, where the backend has them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::fixtures::{Single, label, tally, text};
use super::support::{Trial, conflict_of, key_of, refused, together};
use crate::ErrorKind;
use crate::backend::{Effect, Transactional};
use crate::testing::Harness;

/// Shows that a transaction over partitions applies all of its writes under one revision.
pub async fn a_transaction_over_partitions_applies_all<H>(harness: &H)
where
    H: Harness<Backend: Transactional>,
{
    let trial = Trial::new(harness).await;
    let store = &trial.store;
    store.put(&label("c", "x"), &text("old")).await.unwrap();
    let mut tx = store.transaction_across();
    assert_eq!(tx.get(&Single { id: 9 }).await.unwrap(), None);
    tx.require_present(&label("c", "x")).unwrap();
    tx.put(&label("a", "x"), &text("a")).unwrap();
    tx.put(&label("b", "x"), &text("b")).unwrap();
    tx.delete(&label("c", "x")).unwrap();
    tx.add(&tally("d", 1), 4).unwrap();
    tx.put(&Single { id: 9 }, &text("single")).unwrap();
    let committed = tx.commit().await.unwrap();
    let effects = [
        Effect::Put,
        Effect::Put,
        Effect::Deleted(true),
        Effect::Added(4),
        Effect::Put,
    ];
    assert_eq!(committed.effects, effects);
    for tenant in ["a", "b"] {
        let read = store
            .get_versioned(&label(tenant, "x"))
            .await
            .unwrap()
            .expect("it was put");
        assert_eq!(
            (read.value, read.revision),
            (text(tenant), committed.revision)
        );
    }
    assert_eq!(store.get(&label("c", "x")).await.unwrap(), None);
    assert_eq!(
        store.get(&Single { id: 9 }).await.unwrap(),
        Some(text("single"))
    );
}

/// Shows that one failed condition in one partition leaves all partitions as they were, and that an overflow does, too.
pub async fn a_conflict_in_one_partition_applies_nothing<H>(harness: &H)
where
    H: Harness<Backend: Transactional>,
{
    let trial = Trial::new(harness).await;
    let store = &trial.store;
    let tenants = ["a", "b", "c", "d", "e"];
    for at in 0..tenants.len() {
        let revision = store
            .put(&label(tenants[at], "guard"), &text("x"))
            .await
            .unwrap();
        let mut tx = store.transaction_across();
        for (index, tenant) in tenants.iter().enumerate() {
            if index == at {
                tx.require_absent(&label(tenant, "guard")).unwrap();
            } else {
                tx.require_absent(&label(tenant, "nothing")).unwrap();
            }
            tx.put(&label(tenant, "x"), &text("x")).unwrap();
        }
        let error = refused(tx.commit().await, ErrorKind::Conflict);
        assert_eq!(conflict_of(&error).len(), 1);
        assert_eq!(conflict_of(&error)[0].index, at);
        assert_eq!(
            conflict_of(&error)[0].key,
            key_of(&label(tenants[at], "guard"))
        );
        assert_eq!(conflict_of(&error)[0].current, Some(revision));
        for tenant in tenants {
            assert_eq!(store.get(&label(tenant, "x")).await.unwrap(), None);
        }
    }
    store
        .counter(&tally("z", 1))
        .unwrap()
        .add(i64::MAX)
        .await
        .unwrap();
    let mut tx = store.transaction_across();
    tx.put(&label("a", "x"), &text("x")).unwrap();
    tx.add(&tally("z", 1), 1).unwrap();
    tx.put(&label("b", "x"), &text("x")).unwrap();
    refused(tx.commit().await, ErrorKind::Overflow);
    assert_eq!(store.get(&label("a", "x")).await.unwrap(), None);
    assert_eq!(store.get(&label("b", "x")).await.unwrap(), None);
}

/// Shows that two keys of different partitions which every writer keeps equal are never seen unequal by a
/// transaction that reads both.
pub async fn pairs_over_partitions_are_never_seen_unequal<H>(harness: &H)
where
    H: Harness<Backend: Transactional>,
{
    let trial = Trial::new(harness).await;
    let rounds = trial.scaled(300);
    let writing = Arc::new(AtomicUsize::new(2));
    together(4, |task| {
        let (store, writing) = (trial.store.clone(), Arc::clone(&writing));
        let (left, right) = (label("left", "x"), label("right", "x"));
        async move {
            if task < 2 {
                for round in 0..rounds {
                    let value = text(format!("{task}/{round}"));
                    let mut tx = store.transaction_across();
                    tx.put(&left, &value).unwrap();
                    tx.put(&right, &value).unwrap();
                    tx.commit().await.unwrap();
                }
                writing.fetch_sub(1, Ordering::SeqCst);
                return;
            }
            loop {
                let last = writing.load(Ordering::SeqCst) == 0;
                let mut tx = store.transaction_across();
                let a = tx.get(&left).await.unwrap();
                let b = tx.get(&right).await.unwrap();
                match tx.commit().await {
                    Ok(_) => assert_eq!(a, b, "a confirmed transaction saw half a commit"),
                    Err(error) => assert_eq!(error.kind(), ErrorKind::Conflict, "{error}"),
                }
                if last {
                    return;
                }
                tokio::task::yield_now().await;
            }
        }
    })
    .await;
}

/// Shows that transactions over partitions are serializable: of two that each read both keys and write
/// one, only one commits.
pub async fn transactions_over_partitions_are_serializable<H>(harness: &H)
where
    H: Harness<Backend: Transactional>,
{
    let trial = Trial::new(harness).await;
    for round in 0..trial.scaled(100) {
        let (left, right) = (label("left", "x"), label("right", "x"));
        for key in [&left, &right] {
            trial.store.put(key, &text("on")).await.unwrap();
        }
        let committed = together(2, |task| {
            let (store, keys) = (trial.store.clone(), [left.clone(), right.clone()]);
            async move {
                let mut tx = store.transaction_across();
                let on = tx.get_many(&keys).await.unwrap();
                if on.iter().flatten().any(|value| value.0 != "on") {
                    return false;
                }
                tx.put(&keys[task], &text("off")).unwrap();
                match tx.commit().await {
                    Ok(_) => true,
                    Err(error) => {
                        assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
                        false
                    }
                }
            }
        })
        .await;
        assert!(
            committed != [true, true],
            "round {round}: both switched off"
        );
        let values = trial.store.get_many([&left, &right]).await.unwrap();
        let off = values
            .iter()
            .flatten()
            .filter(|value| value.0 == "off")
            .count();
        assert_eq!(
            off,
            committed.iter().filter(|committed| **committed).count()
        );
    }
}
