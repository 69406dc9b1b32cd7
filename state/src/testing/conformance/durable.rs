//! What a store that was closed and opened again still knows.

use super::fixtures::{Item, Label, Single, Tally, item, label, tally, text};
use super::support::{Trial, conflict_of, key_of, refused, size, ttl};
use crate::backend::{Backend as _, Consistency, Context};
use crate::store::Lifetime;
use crate::testing::Harness;
use crate::{Counter, ErrorKind};

/// Closes the store and opens it again.
async fn reopened<H: Harness>(trial: Trial<H>) -> Trial<H> {
    let (trial, restarted) = trial.restart().await;
    assert!(restarted, "the store does not outlive its client");
    assert!(
        trial.store.capabilities().durable,
        "a store that can be reopened says so"
    );
    trial
}

/// Shows that a reopened store holds every acknowledged write: values, revisions, counters, deletes and order.
pub async fn a_reopened_store_holds_what_was_acknowledged<H: Harness>(harness: &H) {
    let mut trial = Trial::new(harness).await;
    let mut revisions = Vec::new();
    for generation in 0..3_i64 {
        let store = &trial.store;
        for (revision, id) in revisions.iter().zip(0..) {
            let read = store.get_versioned(&item("t", "s", id)).await.unwrap();
            let read = read.expect("an acknowledged put");
            assert_eq!(read.revision, *revision, "generation {generation}");
            assert_eq!(read.value, text(id.to_string()));
        }
        let counted = store.get(&tally("t", 1)).await.unwrap();
        assert_eq!(counted.unwrap_or_default(), Counter(generation * 10));
        assert!(!store.contains(&label("t", "deleted")).await.unwrap());

        for id in generation * 20..(generation + 1) * 20 {
            let revision = store
                .put(&item("t", "s", id), &text(id.to_string()))
                .await
                .unwrap();
            revisions.push(revision);
        }
        store.put(&label("t", "deleted"), &text("x")).await.unwrap();
        assert!(store.delete(&label("t", "deleted")).await.unwrap());
        let sum = store
            .counter(&tally("t", 1))
            .unwrap()
            .add(10)
            .await
            .unwrap();
        assert_eq!(sum, (generation + 1) * 10);
        let many: Vec<_> = (0..50)
            .map(|id| (Single { id }, text(generation.to_string())))
            .collect();
        store
            .put_many(many.iter().map(|(key, value)| (key, value)))
            .await
            .unwrap();
        let found = store
            .range(Item::prefix().tenant("t"))
            .keys()
            .collect()
            .await
            .unwrap();
        assert!(found.iter().map(|key| key.id).eq(0..(generation + 1) * 20));
        assert_eq!(store.scan::<Single>().count().await.unwrap(), 50);
        trial = reopened(trial).await;
    }
    let store = &trial.store;
    assert_eq!(store.get(&tally("t", 1)).await.unwrap(), Some(Counter(30)));
    assert_eq!(store.scan::<Item>().count().await.unwrap(), 60);
    assert_eq!(
        store.get(&Single { id: 49 }).await.unwrap(),
        Some(text("2"))
    );
}

/// Shows that times to live go on by the clock while the store is closed, and that what has expired stays
/// absent and can be swept.
pub async fn expiry_goes_on_while_the_store_is_closed<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let store = &trial.store;
    store
        .with_expiry(ttl(1_000))
        .put(&label("t", "short"), &text("x"))
        .await
        .unwrap();
    store
        .with_expiry(ttl(600_000))
        .put(&label("t", "long"), &text("x"))
        .await
        .unwrap();
    store.put(&label("t", "eternal"), &text("x")).await.unwrap();
    let revision = store.put(&label("t", "touched"), &text("x")).await.unwrap();
    assert!(
        store
            .touch(&label("t", "touched"), ttl(600_000))
            .await
            .unwrap()
    );
    let trial = reopened(trial).await;
    trial.pass(1_000).await;
    for _ in 0..2 {
        let store = &trial.store;
        assert_eq!(
            store.ttl(&label("t", "short")).await.unwrap(),
            Lifetime::Absent
        );
        assert_eq!(
            store.ttl(&label("t", "eternal")).await.unwrap(),
            Lifetime::Forever
        );
        for name in ["long", "touched"] {
            match store.ttl(&label("t", name)).await.unwrap() {
                Lifetime::For(left) => assert!(left <= ttl(599_000), "{left:?} of {name}"),
                other => panic!("the time to live of {name} was lost: {other:?}"),
            }
        }
        let names = store
            .range(Label::prefix().tenant("t"))
            .keys()
            .collect()
            .await
            .unwrap();
        assert_eq!(
            names,
            ["eternal", "long", "touched"].map(|name| label("t", name))
        );
        trial.sweep().await;
    }
    let trial = reopened(trial).await;
    let read = trial
        .store
        .get_versioned(&label("t", "touched"))
        .await
        .unwrap();
    assert_eq!(read.expect("it lives").revision, revision);
    assert!(!trial.store.contains(&label("t", "short")).await.unwrap());
}

/// Shows that a revision read before the store was closed is right after it was opened, once.
pub async fn revisions_outlive_the_process<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let first = trial
        .store
        .put(&label("t", "a"), &text("first"))
        .await
        .unwrap();
    trial
        .store
        .put(&label("t", "b"), &text("old"))
        .await
        .unwrap();
    let trial = reopened(trial).await;
    let store = &trial.store;
    let second = store
        .replace(&label("t", "a"), first, &text("second"))
        .await
        .unwrap();
    let error = refused(
        store.replace(&label("t", "a"), first, &text("third")).await,
        ErrorKind::Conflict,
    );
    assert_eq!(conflict_of(&error)[0].key, key_of(&label("t", "a")));
    assert_eq!(conflict_of(&error)[0].current, Some(second));
    assert!(!store.insert(&label("t", "b"), &text("new")).await.unwrap());
}

/// Shows that a snapshot of a reopened store is what the store holds.
pub async fn a_reopened_store_has_snapshots<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    for id in 0..30 {
        trial
            .store
            .put(&item("t", "s", id), &text(id.to_string()))
            .await
            .unwrap();
    }
    trial
        .store
        .range(Item::prefix().tenant("t"))
        .limit(10)
        .clear()
        .await
        .unwrap();
    trial
        .store
        .counter(&tally("t", 1))
        .unwrap()
        .add(1)
        .await
        .unwrap();
    let trial = reopened(trial).await;
    let mut snapshot = trial
        .store
        .backend()
        .snapshot(&Context::new(), None)
        .await
        .unwrap();
    let mut count = 0;
    loop {
        let items = snapshot.next(size(7)).await.unwrap();
        if items.is_empty() {
            break;
        }
        count += items.len();
    }
    if snapshot.consistency() == Consistency::PointInTime {
        assert_eq!(count, 21);
    }
    assert_eq!(trial.store.scan::<Tally>().count().await.unwrap(), 1);
}
