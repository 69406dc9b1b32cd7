//! Expired entries are absent from everything, swept or not; the sweeper removes them and nothing else.

use std::num::NonZeroUsize;

use futures_util::TryStreamExt as _;

use super::fixtures::{Item, Label, Single, Text, item, label, tally, text};
use super::support::{Trial, conflict_of, key_of, refused, ttl};
use crate::backend::{
    Backend as _, Commit, Condition, Context, Effect, Outcome, Scope, Write, WriteBatch, Written,
};
use crate::store::Lifetime;
use crate::testing::Harness;
use crate::{Counter, ErrorKind, Revision};

/// Ten labels in the tenant `t`, of which those with an even number expire before it returns.
async fn half_expired<H: Harness>(trial: &Trial<H>) -> Vec<(Label, Text)> {
    for id in 0..10 {
        let store = if id % 2 == 0 {
            trial.store.with_expiry(ttl(500))
        } else {
            trial.store.clone()
        };
        store
            .put(&label("t", &id.to_string()), &text(id.to_string()))
            .await
            .unwrap();
    }
    trial.pass(500).await;
    [1, 3, 5, 7, 9]
        .map(|id| (label("t", &id.to_string()), text(id.to_string())))
        .to_vec()
}

/// A single that has expired, and the revision that it had.
async fn one_expired<H: Harness>(trial: &Trial<H>) -> (Single, Revision) {
    let key = Single { id: 1 };
    let expiring = trial.store.with_expiry(ttl(500));
    let revision = expiring.put(&key, &text("expired")).await.unwrap();
    trial.pass(500).await;
    (key, revision)
}

/// Shows that reads of single and many keys do not see what has expired, though it is not yet swept.
pub async fn reads_do_not_see_the_expired<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let store = &trial.store;
    let (key, _) = one_expired(&trial).await;
    assert_eq!(store.get(&key).await.unwrap(), None);
    assert!(store.get_versioned(&key).await.unwrap().is_none());
    assert!(!store.contains(&key).await.unwrap());
    assert_eq!(store.get_many([&key, &key]).await.unwrap(), [None, None]);
    assert_eq!(store.ttl(&key).await.unwrap(), Lifetime::Absent);
    assert_eq!(trial.get_raw(&key_of(&key)).await, None);
    let mut tx = store.transaction();
    assert_eq!(tx.get(&key).await.unwrap(), None);
    tx.commit().await.unwrap();
}

/// Shows that ranges, scans, counts, pages and snapshots do not see what has expired, though it is not yet swept.
pub async fn queries_do_not_see_the_expired<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let store = &trial.store;
    let alive = half_expired(&trial).await;
    let range = || store.range(Label::prefix().tenant("t"));
    assert_eq!(range().collect().await.unwrap(), alive);
    let mut backwards = range().reverse().collect().await.unwrap();
    backwards.reverse();
    assert_eq!(backwards, alive);
    assert_eq!(
        range().stream().try_collect::<Vec<_>>().await.unwrap(),
        alive
    );
    let keys: Vec<_> = alive.iter().map(|(key, _)| key.clone()).collect();
    assert_eq!(range().keys().collect().await.unwrap(), keys);
    assert_eq!(range().count().await.unwrap(), 5);
    assert_eq!(range().limit(3).collect().await.unwrap(), alive[..3]);
    let two = NonZeroUsize::MIN.saturating_add(1);
    assert_eq!(range().page_size(two).collect().await.unwrap(), alive);

    let mut scanned = store.scan::<Label>().collect().await.unwrap();
    scanned.sort();
    assert_eq!(scanned, alive);
    assert_eq!(store.scan::<Label>().count().await.unwrap(), 5);
    let mut scanned = store.scan::<Label>().keys().collect().await.unwrap();
    scanned.sort();
    assert_eq!(scanned, keys);

    let mut kept = store
        .snapshot::<Label>()
        .await
        .unwrap()
        .collect()
        .await
        .unwrap();
    kept.sort();
    assert_eq!(kept, alive);
}

/// Shows that every conditional write takes an expired entry for none.
pub async fn conditions_take_the_expired_for_none<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let store = &trial.store;
    let (key, revision) = one_expired(&trial).await;
    let raw = key_of(&key);
    let error = refused(
        store.replace(&key, revision, &text("x")).await,
        ErrorKind::Conflict,
    );
    assert_eq!(conflict_of(&error)[0].current, None);
    let error = refused(store.delete_if(&key, revision).await, ErrorKind::Conflict);
    assert_eq!(conflict_of(&error)[0].current, None);
    for condition in [
        Condition::Present(raw.clone()),
        Condition::Revision(raw.clone(), revision),
    ] {
        let mut commit = Commit::new(Revision::from_bits(1), Scope::Partition);
        commit.require(condition).unwrap();
        match store
            .backend()
            .commit(&Context::new(), commit)
            .await
            .unwrap()
        {
            Outcome::Conflict(conflict) => assert_eq!(conflict.failed[0].current, None),
            Outcome::Applied(_) => panic!("a condition took an expired entry for one"),
        }
    }
    let mut tx = store.transaction();
    tx.require_absent(&key).unwrap();
    tx.commit().await.unwrap();
}

/// Shows that deletes, takes and clears of expired entries find and count none.
pub async fn removals_count_no_expired<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let store = &trial.store;
    let (key, _) = one_expired(&trial).await;
    assert_eq!(store.take(&key).await.unwrap(), None);
    assert!(!store.delete(&key).await.unwrap());
    let (key, _) = one_expired(&trial).await;
    assert_eq!(store.delete_many([&key, &key]).await.unwrap(), 0);
    let (key, _) = one_expired(&trial).await;
    let mut tx = store.transaction();
    tx.delete(&key).unwrap();
    tx.touch(&key, ttl(600_000)).unwrap();
    let expected = [Effect::Deleted(false), Effect::Touched(false)];
    assert_eq!(tx.commit().await.unwrap().effects, expected);
    let (_, _) = one_expired(&trial).await;
    assert_eq!(store.scan::<Single>().clear().await.unwrap(), 0);
    half_expired(&trial).await;
    assert_eq!(
        store
            .range(Label::prefix().tenant("t"))
            .clear()
            .await
            .unwrap(),
        5
    );
    assert_eq!(
        store
            .range(Label::prefix().tenant("t"))
            .count()
            .await
            .unwrap(),
        0
    );
}

/// Shows that over an expired entry `insert` writes, `update` begins anew, and a counter begins at zero.
pub async fn writes_begin_anew_over_the_expired<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let store = &trial.store;
    let (key, old) = one_expired(&trial).await;
    assert!(store.insert(&key, &text("new")).await.unwrap());
    let read = store
        .get_versioned(&key)
        .await
        .unwrap()
        .expect("it was inserted");
    assert_eq!((read.value, read.ttl), (text("new"), None));
    assert_ne!(read.revision, old);

    let (key, _) = one_expired(&trial).await;
    let left = store.update(&key, |old| {
        assert_eq!(old, None, "an update saw an expired value");
        Some(text("updated"))
    });
    assert_eq!(left.await.unwrap(), Some(text("updated")));
    assert_eq!(store.ttl(&key).await.unwrap(), Lifetime::Forever);

    let counter = tally("t", 1);
    store
        .with_expiry(ttl(500))
        .put(&counter, &Counter(i64::MAX))
        .await
        .unwrap();
    trial.pass(500).await;
    assert_eq!(store.counter(&counter).unwrap().get().await.unwrap(), 0);
    assert_eq!(store.counter(&counter).unwrap().add(2).await.unwrap(), 2);
    assert_eq!(store.ttl(&counter).await.unwrap(), Lifetime::Forever);

    let expired_text = key_of(&tally("t", 2));
    trial
        .put_raw_expiring(&expired_text, b"no counter", ttl(500))
        .await;
    trial.pass(500).await;
    assert_eq!(
        store.counter(&tally("t", 2)).unwrap().add(3).await.unwrap(),
        3
    );
}

/// Shows that a batch of writes counts no expired entries as deleted, and writes over them.
pub async fn a_batch_takes_the_expired_for_none<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let (key, _) = one_expired(&trial).await;
    let raw = key_of(&key);
    let batch = |writes| WriteBatch {
        revision: Revision::from_bits(2),
        writes,
    };
    let delete = || Write::Delete { key: raw.clone() };
    let put = Write::Put {
        key: raw.clone(),
        value: "x".into(),
        expiry: crate::Expiry::Keep,
    };
    let cx = Context::new();
    let backend = trial.store.backend();
    let written = backend.write(&cx, batch(vec![delete()])).await.unwrap();
    assert_eq!(written, Written { deleted: 0 });
    let (_, _) = one_expired(&trial).await;
    let written = backend
        .write(&cx, batch(vec![put, delete(), delete()]))
        .await
        .unwrap();
    assert_eq!(written, Written { deleted: 1 });
}

/// Shows that an entry written with `Keep` over an expired one lives for ever.
pub async fn keep_over_the_expired_is_never<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let (key, _) = one_expired(&trial).await;
    let keeping = trial.store.with_expiry(crate::Expiry::Keep);
    keeping.put(&key, &text("new")).await.unwrap();
    assert_eq!(trial.store.ttl(&key).await.unwrap(), Lifetime::Forever);
    trial.pass(1_000).await;
    trial.sweep().await;
    assert_eq!(trial.store.get(&key).await.unwrap(), Some(text("new")));
}

/// Shows that entries which expire between two pages of a range or scan do not come, and that those which
/// live are neither skipped nor repeated.
pub async fn what_expires_between_pages_does_not_come<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let store = &trial.store;
    for id in 0..20 {
        let store = if id % 2 == 0 {
            store.with_expiry(ttl(2_000))
        } else {
            store.clone()
        };
        store
            .put(&item("t", "s", id), &text(id.to_string()))
            .await
            .unwrap();
    }
    let five = NonZeroUsize::MIN.saturating_add(4);
    let range = || store.range(Item::prefix().tenant("t")).page_size(five);
    let (first, mut next) = range().page(None).await.unwrap();
    let mut seen: Vec<i64> = first.into_iter().map(|(key, _)| key.id).collect();
    assert!(
        (1..=5).contains(&seen.len()),
        "a page of 5 holds {} entries",
        seen.len()
    );
    let mut expected: Vec<i64> = (0..20).take(seen.len()).collect();
    assert_eq!(seen, expected);
    expected.extend((0..20).skip(seen.len()).filter(|id| id % 2 == 1));
    trial.pass(2_000).await;
    while let Some(cursor) = next {
        let (page, following) = range().page(Some(cursor)).await.unwrap();
        seen.extend(page.into_iter().map(|(key, _)| key.id));
        next = following;
    }
    assert_eq!(seen, expected);
}
