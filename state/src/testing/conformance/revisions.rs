//! Revisions: what changes them, what they guard, and that they never come back.

use std::collections::HashSet;

use super::fixtures::{Single, Tally, label, tally, text};
use super::support::{Trial, conflict_of, key_of, refused, ttl};
use crate::backend::{Backend as _, Context, Entry, FailedCondition};
use crate::testing::Harness;
use crate::{ErrorKind, Expiry, Revision};

/// Shows that a write answers the revision that a read then gives, and that every write changes it, also
/// one of an equal value.
pub async fn every_write_changes_the_revision<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let store = &trial.store;
    let key = Single { id: 1 };
    let mut seen = HashSet::new();
    for round in 0..trial.scaled(100) {
        let put = store.put(&key, &text("the same")).await.unwrap();
        let read = store
            .get_versioned(&key)
            .await
            .unwrap()
            .expect("it was put");
        assert_eq!(read.revision, put);
        assert_eq!(read.value, text("the same"));
        let again = store
            .get_versioned(&key)
            .await
            .unwrap()
            .expect("it was put");
        assert_eq!(again.revision, put, "a read changes nothing");
        assert!(
            seen.insert(put),
            "revision {put} came twice, at round {round}"
        );
        if round % 2 == 0 {
            store.delete(&key).await.unwrap();
        }
    }
    let before = store.put(&key, &text("a")).await.unwrap();
    store.update(&key, |_| Some(text("a"))).await.unwrap();
    let after = store
        .get_versioned(&key)
        .await
        .unwrap()
        .expect("it was put")
        .revision;
    assert_ne!(before, after, "an update is a write");
    store.put_many([(&key, &text("a"))]).await.unwrap();
    let last = store
        .get_versioned(&key)
        .await
        .unwrap()
        .expect("it was put")
        .revision;
    assert!(last != before && last != after, "a put of many is a write");
}

/// Shows that an addition to a counter changes its revision.
pub async fn an_addition_changes_the_revision<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let key = tally("t", 1);
    let mut seen = HashSet::new();
    for _ in 0..10 {
        trial.store.counter(&key).unwrap().add(0).await.unwrap();
        let read = trial
            .store
            .get_versioned(&key)
            .await
            .unwrap()
            .expect("it was counted");
        assert!(
            seen.insert(read.revision),
            "an addition left the revision as it was"
        );
    }
}

/// Shows that the revision which the client chose is the one that is stored, bit by bit, and that `get`
/// gives each entry its own.
pub async fn the_clients_revision_is_stored_exactly<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let bits = [
        1,
        2,
        0x00FF_00FF_00FF_00FF,
        i64::MAX as u64,
        1 << 63,
        u64::MAX - 1,
        u64::MAX,
    ];
    let keys: Vec<_> = (0..)
        .map(|id| key_of(&Single { id }))
        .take(bits.len())
        .collect();
    for (key, bits) in keys.iter().zip(bits) {
        trial.put_raw_at(key, b"v", Revision::from_bits(bits)).await;
    }
    let entries = trial
        .store
        .backend()
        .get(&Context::new(), &keys)
        .await
        .unwrap();
    let stored: Vec<_> = entries
        .into_iter()
        .map(|entry: Option<Entry>| entry.expect("it was put").revision.to_bits())
        .collect();
    assert_eq!(stored, bits);
}

/// Shows that `replace` with the right revision applies once, and that a second use is a conflict that
/// names the key and the current revision and changes nothing.
pub async fn replace_applies_once<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let store = &trial.store;
    let key = Single { id: 1 };
    let first = store.put(&key, &text("first")).await.unwrap();
    let second = store.replace(&key, first, &text("second")).await.unwrap();
    assert_ne!(first, second);
    let read = store
        .get_versioned(&key)
        .await
        .unwrap()
        .expect("it was put");
    assert_eq!((read.value, read.revision), (text("second"), second));

    let error = refused(
        store.replace(&key, first, &text("third")).await,
        ErrorKind::Conflict,
    );
    let expected = FailedCondition {
        index: 0,
        key: key_of(&key),
        current: Some(second),
    };
    assert_eq!(conflict_of(&error), [expected]);
    assert!(error.to_string().contains(&second.to_string()), "{error}");
    let read = store
        .get_versioned(&key)
        .await
        .unwrap()
        .expect("it was put");
    assert_eq!((read.value, read.revision), (text("second"), second));
}

/// Shows that `delete_if` deletes at the right revision only.
pub async fn delete_if_deletes_at_the_right_revision<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let store = &trial.store;
    let key = Single { id: 1 };
    let first = store.put(&key, &text("first")).await.unwrap();
    let second = store.put(&key, &text("second")).await.unwrap();
    let error = refused(store.delete_if(&key, first).await, ErrorKind::Conflict);
    assert_eq!(conflict_of(&error)[0].current, Some(second));
    assert_eq!(store.get(&key).await.unwrap(), Some(text("second")));
    store.delete_if(&key, second).await.unwrap();
    assert_eq!(store.get(&key).await.unwrap(), None);
    let error = refused(store.delete_if(&key, second).await, ErrorKind::Conflict);
    assert_eq!(conflict_of(&error)[0].current, None);
}

/// Shows that an old revision is refused after the key was deleted and recreated, by another
/// client, with another value or with the same one (ABA).
pub async fn an_old_revision_is_refused_after_a_recreation<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let [store, other] = &trial.clients().await;
    for recreated in ["the same", "another"] {
        let key = Single {
            id: recreated.len() as u64,
        };
        let old = store.put(&key, &text("the same")).await.unwrap();
        assert!(other.delete(&key).await.unwrap());
        let new = other.put(&key, &text(recreated)).await.unwrap();
        assert_ne!(old, new);

        let error = refused(
            store.replace(&key, old, &text("lost")).await,
            ErrorKind::Conflict,
        );
        assert_eq!(conflict_of(&error)[0].current, Some(new));
        refused(store.delete_if(&key, old).await, ErrorKind::Conflict);
        let mut tx = store.transaction();
        tx.require_revision(&key, old).unwrap();
        tx.put(&key, &text("lost")).unwrap();
        refused(tx.commit().await, ErrorKind::Conflict);
        assert_eq!(store.get(&key).await.unwrap(), Some(text(recreated)));
    }
}

/// Shows that an old revision is refused after the entry expired and was recreated (ABA by expiry).
pub async fn an_old_revision_is_refused_after_expiry<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let store = &trial.store;
    let key = Single { id: 1 };
    let expiring = store.with_expiry(Expiry::After(ttl(500)));
    let old = expiring.put(&key, &text("the same")).await.unwrap();
    trial.pass(500).await;
    let error = refused(
        store.replace(&key, old, &text("lost")).await,
        ErrorKind::Conflict,
    );
    assert_eq!(conflict_of(&error)[0].current, None);
    assert!(store.insert(&key, &text("the same")).await.unwrap());
    let new = store
        .get_versioned(&key)
        .await
        .unwrap()
        .expect("it was inserted")
        .revision;
    assert_ne!(old, new);
    let error = refused(
        store.replace(&key, old, &text("lost")).await,
        ErrorKind::Conflict,
    );
    assert_eq!(conflict_of(&error)[0].current, Some(new));
    refused(store.delete_if(&key, old).await, ErrorKind::Conflict);
    assert_eq!(store.get(&key).await.unwrap(), Some(text("the same")));
}

/// Shows that `replace` and `delete_if` on a missing key conflict and create nothing.
pub async fn replacing_a_missing_key_creates_nothing<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let store = &trial.store;
    let key = Single { id: 1 };
    let never = Revision::from_bits(7);
    let error = refused(
        store.replace(&key, never, &text("x")).await,
        ErrorKind::Conflict,
    );
    let expected = [FailedCondition {
        index: 0,
        key: key_of(&key),
        current: None,
    }];
    assert_eq!(conflict_of(&error), expected);
    let error = refused(store.delete_if(&key, never).await, ErrorKind::Conflict);
    assert_eq!(conflict_of(&error), expected);
    assert!(!store.contains(&key).await.unwrap());
    assert_eq!(store.scan::<Single>().count().await.unwrap(), 0);
}

/// Shows that `insert` writes once: the second answers false and leaves value, revision and expiry alone.
pub async fn insert_writes_only_where_nothing_is<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let store = &trial.store;
    let key = Single { id: 1 };
    assert!(store.insert(&key, &text("first")).await.unwrap());
    let before = store
        .get_versioned(&key)
        .await
        .unwrap()
        .expect("it was inserted");
    let expiring = store.with_expiry(Expiry::After(ttl(1_000)));
    assert!(!expiring.insert(&key, &text("second")).await.unwrap());
    let after = store
        .get_versioned(&key)
        .await
        .unwrap()
        .expect("it was inserted");
    assert_eq!(after.value, text("first"));
    assert_eq!(after.revision, before.revision);
    assert_eq!(after.ttl, None);
    assert!(store.delete(&key).await.unwrap());
    assert!(store.insert(&key, &text("third")).await.unwrap());
    assert_eq!(store.get(&key).await.unwrap(), Some(text("third")));
}

/// Shows that `update` creates, changes, deletes where it answers none, and answers what it left.
pub async fn update_creates_changes_and_deletes<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let store = &trial.store;
    let key = Single { id: 1 };
    let left = store.update(&key, |old| {
        assert_eq!(old, None);
        Some(text("created"))
    });
    assert_eq!(left.await.unwrap(), Some(text("created")));
    let left = store.update(&key, |old| {
        assert_eq!(old, Some(text("created")));
        Some(text("changed"))
    });
    assert_eq!(left.await.unwrap(), Some(text("changed")));
    assert_eq!(store.get(&key).await.unwrap(), Some(text("changed")));
    assert_eq!(store.update(&key, |_| None).await.unwrap(), None);
    assert!(!store.contains(&key).await.unwrap());
}

/// Shows that a counter and a value of the same partition have revisions of their own.
pub async fn revisions_belong_to_one_key<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let store = &trial.store;
    let revision = store.put(&label("t", "a"), &text("a")).await.unwrap();
    store.put(&label("t", "b"), &text("b")).await.unwrap();
    store.counter(&tally("t", 1)).unwrap().add(1).await.unwrap();
    store.delete(&label("t", "b")).await.unwrap();
    assert_eq!(
        store
            .range(Tally::prefix().tenant("t"))
            .clear()
            .await
            .unwrap(),
        1
    );
    let read = store
        .get_versioned(&label("t", "a"))
        .await
        .unwrap()
        .expect("it was put");
    assert_eq!(read.revision, revision);
    store
        .replace(&label("t", "a"), revision, &text("c"))
        .await
        .unwrap();
}
