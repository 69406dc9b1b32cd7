//! Commits: all conditions first, then all mutations in order, or nothing; within one partition.

use super::fixtures::{Item, item, label, tally, text};
use super::support::{Trial, conflict_of, key_of, put, refused, ttl};
use crate::backend::{
    Backend as _, Commit, Condition, Context, Effect, FailedCondition, Key, Mutation, Outcome,
    Scope,
};
use crate::store::Lifetime;
use crate::testing::Harness;
use crate::{Counter, ErrorKind, Expiry, Revision};

/// Shows for every position and every way of failing that one failed condition of five leaves nothing
/// applied, and that the conflict names this condition, its key and what stands there now.
pub async fn one_failed_condition_of_five_applies_nothing<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let cx = Context::new();
    let present: Vec<Key> = (0..5).map(|id| key_of(&item("t", "present", id))).collect();
    let absent: Vec<Key> = (0..5).map(|id| key_of(&item("t", "absent", id))).collect();
    let counter = key_of(&tally("t", 1));
    let stands = Revision::from_bits(0x1111);
    let other = Revision::from_bits(0x2222);
    for key in &present {
        trial.put_raw_at(key, b"before", stands).await;
    }
    trial.store.put(&tally("t", 1), &Counter(10)).await.unwrap();
    let everything: Vec<Key> = present
        .iter()
        .chain(&absent)
        .chain([&counter])
        .cloned()
        .collect();
    let before = trial.store.backend().get(&cx, &everything).await.unwrap();

    for at in 0..5 {
        let failing = [
            (Condition::Absent(present[at].clone()), Some(stands)),
            (Condition::Present(absent[at].clone()), None),
            (
                Condition::Revision(present[at].clone(), other),
                Some(stands),
            ),
            (Condition::Revision(absent[at].clone(), stands), None),
        ];
        for (condition, current) in failing {
            let mut commit = Commit::new(Revision::from_bits(0x3333), Scope::Partition);
            for index in 0..5 {
                let holds = match index % 3 {
                    0 => Condition::Revision(present[index].clone(), stands),
                    1 => Condition::Absent(absent[index].clone()),
                    _ => Condition::Present(present[index].clone()),
                };
                let condition = if index == at {
                    condition.clone()
                } else {
                    holds
                };
                commit.require(condition).unwrap();
            }
            for key in present.iter().chain(&absent) {
                commit.apply(put(key, b"after")).unwrap();
            }
            commit
                .apply(Mutation::Delete {
                    key: present[0].clone(),
                })
                .unwrap();
            let touch = Mutation::Touch {
                key: present[1].clone(),
                expiry: Expiry::After(ttl(60_000)),
            };
            commit.apply(touch).unwrap();
            let add = Mutation::Add {
                key: counter.clone(),
                delta: 1,
                expiry: Expiry::Never,
            };
            commit.apply(add).unwrap();

            let expected = FailedCondition {
                index: at,
                key: condition.key().clone(),
                current,
            };
            match trial.store.backend().commit(&cx, commit).await.unwrap() {
                Outcome::Conflict(conflict) => assert_eq!(conflict.failed, [expected]),
                Outcome::Applied(_) => panic!("applied against condition {at}: {condition:?}"),
            }
            let after = trial.store.backend().get(&cx, &everything).await.unwrap();
            assert_eq!(
                after, before,
                "a conflict at condition {at} changed something"
            );
        }
    }
}

/// Shows that a conflict names every condition that failed and none that held.
pub async fn every_failed_condition_is_named<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let store = &trial.store;
    let revision = store.put(&label("t", "a"), &text("a")).await.unwrap();
    let mut tx = store.transaction();
    tx.require_absent(&label("t", "a")).unwrap();
    tx.require_present(&label("t", "a")).unwrap();
    tx.require_present(&label("t", "b")).unwrap();
    tx.require_absent(&label("t", "b")).unwrap();
    tx.require_revision(&label("t", "a"), Revision::from_bits(1))
        .unwrap();
    tx.put(&label("t", "c"), &text("c")).unwrap();
    let error = refused(tx.commit().await, ErrorKind::Conflict);
    let mut failed = conflict_of(&error).to_vec();
    failed.sort_by_key(|failed| failed.index);
    let expected = [
        (0, "a", Some(revision)),
        (2, "b", None),
        (4, "a", Some(revision)),
    ];
    assert_eq!(
        failed,
        expected.map(|(index, name, current)| FailedCondition {
            index,
            key: key_of(&label("t", name)),
            current,
        })
    );
    assert_eq!(store.get(&label("t", "c")).await.unwrap(), None);
}

/// Shows that a commit whose conditions all hold applies all of its mutations, and that each says what it did.
pub async fn a_commit_applies_all_and_says_what_it_did<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let store = &trial.store;
    let a = store.put(&label("t", "a"), &text("a")).await.unwrap();
    store.put(&label("t", "b"), &text("b")).await.unwrap();
    let mut tx = store.transaction();
    tx.require_revision(&label("t", "a"), a).unwrap();
    tx.require_present(&label("t", "b")).unwrap();
    tx.require_absent(&label("t", "c")).unwrap();
    tx.put(&label("t", "a"), &text("a2")).unwrap();
    tx.delete(&label("t", "b")).unwrap();
    tx.delete(&label("t", "missing")).unwrap();
    tx.put(&label("t", "c"), &text("c")).unwrap();
    tx.touch(&label("t", "a"), ttl(60_000)).unwrap();
    tx.touch(&label("t", "missing"), ttl(60_000)).unwrap();
    tx.add(&tally("t", 1), 3).unwrap();
    let committed = tx.commit().await.unwrap();
    let effects = [
        Effect::Put,
        Effect::Deleted(true),
        Effect::Deleted(false),
        Effect::Put,
        Effect::Touched(true),
        Effect::Touched(false),
        Effect::Added(3),
    ];
    assert_eq!(committed.effects[..], effects);

    let a = store
        .get_versioned(&label("t", "a"))
        .await
        .unwrap()
        .expect("it was put");
    assert_eq!((a.value, a.revision), (text("a2"), committed.revision));
    assert!(a.ttl.is_some_and(|left| left <= ttl(60_000)), "{:?}", a.ttl);
    assert_eq!(store.get(&label("t", "b")).await.unwrap(), None);
    let c = store
        .get_versioned(&label("t", "c"))
        .await
        .unwrap()
        .expect("it was put");
    assert_eq!(
        (c.value, c.revision, c.ttl),
        (text("c"), committed.revision, None)
    );
    assert_eq!(store.get(&label("t", "missing")).await.unwrap(), None);
    let counted = store
        .get_versioned(&tally("t", 1))
        .await
        .unwrap()
        .expect("it was counted");
    assert_eq!(
        (counted.value, counted.revision),
        (Counter(3), committed.revision)
    );
}

/// Shows that the mutations of one key apply in their order: put, delete, put leaves the last put, and so on.
pub async fn mutations_of_one_key_apply_in_order<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let store = &trial.store;
    let key = label("t", "a");
    for starts_present in [false, true] {
        let reset = async || {
            store.delete(&key).await.unwrap();
            if starts_present {
                store.put(&key, &text("old")).await.unwrap();
            }
        };

        reset().await;
        let mut tx = store.transaction();
        tx.put(&key, &text("1")).unwrap();
        tx.delete(&key).unwrap();
        tx.put(&key, &text("2")).unwrap();
        let committed = tx.commit().await.unwrap();
        assert_eq!(
            committed.effects,
            [Effect::Put, Effect::Deleted(true), Effect::Put]
        );
        let read = store
            .get_versioned(&key)
            .await
            .unwrap()
            .expect("the last one put it");
        assert_eq!((read.value, read.revision), (text("2"), committed.revision));

        reset().await;
        let mut tx = store.transaction();
        tx.delete(&key).unwrap();
        tx.delete(&key).unwrap();
        tx.put(&key, &text("1")).unwrap();
        tx.delete(&key).unwrap();
        tx.touch(&key, ttl(60_000)).unwrap();
        let expected = [
            Effect::Deleted(starts_present),
            Effect::Deleted(false),
            Effect::Put,
            Effect::Deleted(true),
            Effect::Touched(false),
        ];
        assert_eq!(tx.commit().await.unwrap().effects, expected);
        assert_eq!(store.get(&key).await.unwrap(), None);

        reset().await;
        let mut tx = store.transaction();
        tx.put_expiring(&key, &text("1"), ttl(60_000)).unwrap();
        tx.touch(&key, Expiry::Never).unwrap();
        tx.commit().await.unwrap();
        assert_eq!(store.ttl(&key).await.unwrap(), Lifetime::Forever);

        reset().await;
        let mut tx = store.transaction();
        tx.touch(&key, ttl(60_000)).unwrap();
        tx.put_expiring(&key, &text("1"), Expiry::Keep).unwrap();
        tx.commit().await.unwrap();
        let keeps = matches!(store.ttl(&key).await.unwrap(), Lifetime::For(_));
        assert_eq!(
            keeps, starts_present,
            "keep is as the entry expired just before"
        );
    }
    let counter = tally("t", 1);
    let mut tx = store.transaction();
    tx.put(&counter, &Counter(40)).unwrap();
    tx.add(&counter, 2).unwrap();
    tx.delete(&counter).unwrap();
    tx.add(&counter, 7).unwrap();
    let expected = [
        Effect::Put,
        Effect::Added(42),
        Effect::Deleted(true),
        Effect::Added(7),
    ];
    assert_eq!(tx.commit().await.unwrap().effects, expected);
    assert_eq!(store.get(&counter).await.unwrap(), Some(Counter(7)));
}

/// Shows that conditions look at what stood before the commit, never at its own mutations.
pub async fn conditions_see_what_stood_before<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let store = &trial.store;
    let mut tx = store.transaction();
    tx.put(&label("t", "a"), &text("a")).unwrap();
    tx.require_absent(&label("t", "a")).unwrap();
    tx.commit().await.unwrap();
    let mut tx = store.transaction();
    tx.delete(&label("t", "a")).unwrap();
    tx.require_present(&label("t", "a")).unwrap();
    tx.commit().await.unwrap();
    let mut tx = store.transaction();
    tx.put(&label("t", "a"), &text("a")).unwrap();
    tx.require_present(&label("t", "a")).unwrap();
    refused(tx.commit().await, ErrorKind::Conflict);
    assert_eq!(store.get(&label("t", "a")).await.unwrap(), None);
}

/// Shows that a commit of conditions alone checks them and changes nothing.
pub async fn conditions_alone_are_checked<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let store = &trial.store;
    let revision = store.put(&label("t", "a"), &text("a")).await.unwrap();
    let mut tx = store.transaction();
    tx.require_revision(&label("t", "a"), revision).unwrap();
    tx.require_absent(&label("t", "b")).unwrap();
    assert_eq!(tx.commit().await.unwrap().effects, []);
    let mut tx = store.transaction();
    tx.require_absent(&label("t", "b")).unwrap();
    tx.require_absent(&label("t", "a")).unwrap();
    let error = refused(tx.commit().await, ErrorKind::Conflict);
    assert_eq!(conflict_of(&error).len(), 1);
    assert_eq!(conflict_of(&error)[0].index, 1);
    let read = store
        .get_versioned(&label("t", "a"))
        .await
        .unwrap()
        .expect("it was put");
    assert_eq!(read.revision, revision);
    assert_eq!(store.transaction().commit().await.unwrap().effects, []);
}

/// Shows that a commit takes many keys: 500 conditions and 500 puts, all or nothing.
pub async fn a_commit_of_many_keys_is_one<H: Harness>(harness: &H) {
    const COUNT: usize = 500;
    let trial = Trial::new(harness).await;
    let store = &trial.store;
    let ids = || (0_i64..).take(COUNT);
    let fill = |value: &str| {
        let mut tx = store.transaction();
        for id in ids() {
            tx.require_absent(&item("t", "s", id)).unwrap();
            tx.put(&item("t", "s", id), &text(value)).unwrap();
        }
        tx
    };
    store
        .put(&item("t", "s", 499), &text("in the way"))
        .await
        .unwrap();
    let error = refused(fill("refused").commit().await, ErrorKind::Conflict);
    assert_eq!(conflict_of(&error)[0].index, COUNT - 1);
    let range = || Item::prefix().tenant("t");
    assert_eq!(store.range(range()).count().await.unwrap(), 1);
    assert!(store.delete(&item("t", "s", 499)).await.unwrap());
    let committed = fill("filled").commit().await.unwrap();
    assert_eq!(committed.effects.len(), COUNT);
    let entries = store.range(range()).versioned().collect().await.unwrap();
    assert_eq!(entries.len(), COUNT);
    for (key, entry) in entries {
        assert_eq!(entry.value, text("filled"), "{key}");
        assert_eq!(entry.revision, committed.revision, "{key}");
    }
}

/// Shows that a transaction that is dropped has changed nothing.
pub async fn a_dropped_transaction_changes_nothing<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let store = &trial.store;
    store.put(&label("t", "a"), &text("a")).await.unwrap();
    let mut tx = store.transaction();
    assert_eq!(tx.get(&label("t", "a")).await.unwrap(), Some(text("a")));
    tx.put(&label("t", "a"), &text("b")).unwrap();
    tx.put(&label("t", "c"), &text("c")).unwrap();
    drop(tx);
    assert_eq!(store.get(&label("t", "a")).await.unwrap(), Some(text("a")));
    assert_eq!(store.get(&label("t", "c")).await.unwrap(), None);
}
