//! Several commits together: each is decided for itself, and answered in its place.

use std::time::Instant;

use super::fixtures::{Single, label, tally, text};
use super::support::{Trial, key_of, put, refused, ttl};
use crate::backend::{
    Backend as _, Commit, Condition, Context, Deadline, Effect, FailedCondition, Key, Mutation,
    Outcome, Scope,
};
use crate::testing::Harness;
use crate::{Counter, ErrorKind, Expiry, Result, Revision};

fn single(id: u64) -> Key {
    key_of(&Single { id })
}

fn commit(
    revision: u64,
    condition: impl Into<Option<Condition>>,
    mutation: impl Into<Option<Mutation>>,
) -> Commit {
    let mut commit = Commit::new(Revision::from_bits(revision), Scope::Partition);
    if let Some(condition) = condition.into() {
        commit.require(condition).unwrap();
    }
    if let Some(mutation) = mutation.into() {
        commit.apply(mutation).unwrap();
    }
    commit
}

fn delete(key: &Key) -> Mutation {
    Mutation::Delete { key: key.clone() }
}

fn add(key: &Key, delta: i64) -> Mutation {
    Mutation::Add {
        key: key.clone(),
        delta,
        expiry: Expiry::Never,
    }
}

#[track_caller]
fn applied(outcome: &Result<Outcome>) -> &[Effect] {
    match outcome {
        Ok(Outcome::Applied(effects)) => effects,
        other => panic!("it must be applied: {other:?}"),
    }
}

#[track_caller]
fn failed(outcome: &Result<Outcome>) -> &[FailedCondition] {
    match outcome {
        Ok(Outcome::Conflict(conflict)) => &conflict.failed,
        other => panic!("it must be a conflict: {other:?}"),
    }
}

/// Shows that every commit has its own answer in its own place, whatever kind of commit it is, and that what it says is
/// what was done.
pub async fn answers_come_in_the_order_of_the_commits<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let (backend, cx) = (trial.store.backend(), Context::new());
    let stands = Revision::from_bits(0x1111);
    // Keys that no index follows, and keys of ranges.
    for keys in [
        (0..12).map(single).collect::<Vec<_>>(),
        (0..12)
            .map(|id| key_of(&label("t", &id.to_string())))
            .collect(),
    ] {
        for key in &keys[..6] {
            trial.put_raw_at(key, b"before", stands).await;
        }
        let at = |key: &Key| Condition::Revision(key.clone(), stands);
        let touch = |key: &Key| Mutation::Touch {
            key: key.clone(),
            expiry: Expiry::After(ttl(600_000)),
        };
        let keep = Mutation::Put {
            key: keys[5].clone(),
            value: "kept".into(),
            expiry: Expiry::Keep,
        };
        // Their keys come neither in order nor backwards.
        let commits = vec![
            commit(
                1,
                Condition::Absent(keys[9].clone()),
                put(&keys[9], b"inserted"),
            ),
            commit(2, None, put(&keys[1], b"put")),
            commit(3, at(&keys[3]), put(&keys[3], b"replaced")),
            commit(4, None, delete(&keys[11])),
            commit(5, at(&keys[2]), delete(&keys[2])),
            commit(6, None, put(&keys[7], b"new")),
            commit(7, None, delete(&keys[0])),
            commit(8, None, touch(&keys[4])),
            commit(9, None, touch(&keys[10])),
            commit(10, at(&keys[5]), keep),
            commit(
                11,
                Condition::Absent(keys[8].clone()),
                put(&keys[8], b"inserted"),
            ),
            commit(12, None, None),
            commit(13, Condition::Absent(keys[6].clone()), None),
        ];
        let outcomes = backend.commit_many(&cx, commits).await;
        let effects: Vec<_> = outcomes.iter().map(applied).collect();
        let expected: [&[Effect]; 13] = [
            &[Effect::Put],
            &[Effect::Put],
            &[Effect::Put],
            &[Effect::Deleted(false)],
            &[Effect::Deleted(true)],
            &[Effect::Put],
            &[Effect::Deleted(true)],
            &[Effect::Touched(true)],
            &[Effect::Touched(false)],
            &[Effect::Put],
            &[Effect::Put],
            &[],
            &[],
        ];
        assert_eq!(effects, expected);

        let found = backend.get(&cx, &keys).await.unwrap();
        let found: Vec<_> = found
            .iter()
            .map(|entry| {
                let entry = entry.as_ref();
                entry.map(|entry| (entry.revision.to_bits(), entry.value.as_ref()))
            })
            .collect();
        let expected: [Option<(u64, &[u8])>; 12] = [
            None,
            Some((2, b"put")),
            None,
            Some((3, b"replaced")),
            Some((0x1111, b"before")),
            Some((10, b"kept")),
            None,
            Some((6, b"new")),
            Some((11, b"inserted")),
            Some((1, b"inserted")),
            None,
            None,
        ];
        assert_eq!(found, expected);
    }
}

/// Shows that a conflict or an error of one commit is its own: those before and behind it apply, and it changes nothing.
pub async fn a_failure_of_one_leaves_the_others<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let (backend, cx) = (trial.store.backend(), Context::new());
    let (stands, other) = (Revision::from_bits(0x1111), Revision::from_bits(0x2222));
    let full = key_of(&tally("a", 1));
    let counting = key_of(&tally("b", 1));
    trial
        .store
        .put(&tally("a", 1), &Counter(i64::MAX))
        .await
        .unwrap();
    for id in 0..4 {
        trial.put_raw_at(&single(id), b"before", stands).await;
    }
    let mut across = Commit::new(Revision::from_bits(9), Scope::Partition);
    across.apply(put(&single(20), b"after")).unwrap();
    let foreign = across.apply(put(&single(21), b"after"));
    assert!(foreign.is_err(), "they are of two partitions");
    let at = |id, revision| Condition::Revision(single(id), revision);
    let commits = vec![
        commit(1, None, put(&single(10), b"after")),
        commit(2, at(0, other), put(&single(0), b"wrong")),
        commit(3, at(1, stands), put(&single(1), b"after")),
        commit(4, Condition::Absent(single(2)), put(&single(2), b"wrong")),
        commit(5, Condition::Absent(single(11)), put(&single(11), b"after")),
        commit(6, None, add(&full, 1)),
        commit(7, None, add(&counting, 7)),
        commit(8, None, add(&single(3), 1)),
        across,
        commit(10, at(12, stands), delete(&single(12))),
        commit(
            11,
            Condition::Present(single(13)),
            put(&single(13), b"wrong"),
        ),
        commit(12, None, put(&single(14), b"after")),
    ];
    let mut outcomes = backend.commit_many(&cx, commits).await;
    assert_eq!(outcomes.len(), 12);
    let conflict = |id, current| FailedCondition {
        index: 0,
        key: single(id),
        current,
    };
    for (place, expected) in [
        (1, conflict(0, Some(stands))),
        (3, conflict(2, Some(stands))),
        (9, conflict(12, None)),
        (10, conflict(13, None)),
    ] {
        assert_eq!(failed(&outcomes[place]), [expected]);
    }
    for place in [0, 2, 4, 8, 11] {
        assert_eq!(applied(&outcomes[place]), [Effect::Put]);
    }
    assert_eq!(applied(&outcomes[6]), [Effect::Added(7)]);
    refused(outcomes.remove(7), ErrorKind::Corrupt);
    refused(outcomes.remove(5), ErrorKind::Overflow);

    let keys: Vec<_> = [0, 1, 2, 3, 10, 11, 12, 13, 14, 20].map(single).into();
    let found = backend.get(&cx, &keys).await.unwrap();
    let found: Vec<_> = found
        .iter()
        .map(|entry| entry.as_ref().map(|entry| entry.value.as_ref()))
        .collect();
    let (before, after): (Option<&[u8]>, Option<&[u8]>) = (Some(b"before"), Some(b"after"));
    let expected = [
        before, after, before, before, after, after, None, None, after, after,
    ];
    assert_eq!(found, expected);
    let full = trial.store.get(&tally("a", 1)).await.unwrap();
    assert_eq!(full, Some(Counter(i64::MAX)));
}

/// Shows that of commits with the same condition on one key exactly one applies, though they come together.
pub async fn of_one_condition_on_one_key_one_applies<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let (backend, cx) = (trial.store.backend(), Context::new());
    let stands = Revision::from_bits(0x1111);
    for (round, key) in [single(1), key_of(&label("t", "a"))].iter().enumerate() {
        for absent in [false, true] {
            if absent {
                let gone = backend.commit(&cx, commit(1, None, delete(key))).await;
                assert_eq!(applied(&gone), [Effect::Deleted(true)]);
            } else {
                trial.put_raw_at(key, b"before", stands).await;
            }
            let commits = (2..12).map(|revision| {
                let condition = if absent {
                    Condition::Absent(key.clone())
                } else {
                    Condition::Revision(key.clone(), stands)
                };
                commit(revision, condition, put(key, b"after"))
            });
            let outcomes = backend.commit_many(&cx, commits.collect()).await;
            let winners: Vec<_> = (2_u64..)
                .zip(&outcomes)
                .filter(|(_, outcome)| matches!(outcome, Ok(Outcome::Applied(_))))
                .map(|(revision, _)| Revision::from_bits(revision))
                .collect();
            assert_eq!(winners.len(), 1, "round {round}: {outcomes:?}");
            for outcome in &outcomes {
                if let Ok(Outcome::Conflict(conflict)) = outcome {
                    assert_eq!(conflict.failed[0].current, Some(winners[0]));
                }
            }
            let entry = trial.get_raw(key).await.expect("one has put it");
            assert_eq!(entry.revision, winners[0]);
        }
    }
}

/// Shows that a thousand commits over as many partitions are all decided, and again by what stands there then.
pub async fn a_thousand_commits_over_many_partitions<H: Harness>(harness: &H) {
    const COUNT: u64 = 1_000;
    let trial = Trial::new(harness).await;
    let (backend, cx) = (trial.store.backend(), Context::new());
    let insert = |base: u64| {
        let commits = (0..COUNT).map(|id| {
            let absent = (id % 2 == 0).then(|| Condition::Absent(single(id)));
            commit(base + id, absent, put(&single(id), b"value"))
        });
        commits.collect()
    };
    let first = backend.commit_many(&cx, insert(10_000)).await;
    assert_eq!(first.len(), 1_000);
    for outcome in &first {
        assert_eq!(applied(outcome), [Effect::Put]);
    }
    let second = backend.commit_many(&cx, insert(20_000)).await;
    for (id, outcome) in (0..COUNT).zip(&second) {
        if id % 2 == 0 {
            let stands = Revision::from_bits(10_000 + id);
            assert_eq!(failed(outcome)[0].current, Some(stands));
        } else {
            assert_eq!(applied(outcome), [Effect::Put]);
        }
    }
    let keys: Vec<_> = (0..COUNT).map(single).collect();
    let found = backend.get(&cx, &keys).await.unwrap();
    for (id, entry) in (0..COUNT).zip(found) {
        let entry = entry.expect("all were put");
        let base = if id % 2 == 0 { 10_000 } else { 20_000 };
        assert_eq!(entry.revision, Revision::from_bits(base + id));
    }
}

/// Shows that no commits have no answers.
pub async fn no_commits_have_no_answers<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let outcomes = trial
        .store
        .backend()
        .commit_many(&Context::new(), Vec::new())
        .await;
    assert!(outcomes.is_empty(), "{outcomes:?}");
}

/// Shows that commits whose deadline has passed are all refused, and change nothing, also later.
pub async fn late_commits_change_nothing<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let backend = trial.store.backend();
    let stands = Revision::from_bits(0x1111);
    let late = Context::new().with_deadline(Deadline::at(Instant::now()));
    let keys: Vec<_> = (0..4).map(single).collect();
    for key in &keys[..3] {
        trial.put_raw_at(key, b"before", stands).await;
    }
    let before = backend.get(&Context::new(), &keys).await.unwrap();
    let at = |key: &Key| Condition::Revision(key.clone(), stands);
    let commits = vec![
        commit(1, None, put(&keys[0], b"after")),
        commit(2, at(&keys[1]), put(&keys[1], b"after")),
        commit(3, None, delete(&keys[2])),
        commit(
            4,
            Condition::Absent(keys[3].clone()),
            put(&keys[3], b"after"),
        ),
    ];
    let outcomes = backend.commit_many(&late, commits).await;
    assert_eq!(outcomes.len(), 4);
    for outcome in outcomes {
        refused(outcome, ErrorKind::Timeout);
    }
    trial.pass(20).await;
    let after = backend.get(&Context::new(), &keys).await.unwrap();
    assert_eq!(after, before);
}

/// Shows that to commits that come together an expired entry is none.
pub async fn the_expired_are_none<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let (store, cx) = (&trial.store, Context::new());
    let mut revisions = Vec::new();
    let expiring = store.with_expiry(ttl(500));
    for id in 0..6 {
        let put = expiring.put(&Single { id }, &text("expired"));
        revisions.push(put.await.unwrap());
    }
    trial.pass(500).await;
    let at = |id: u64| Condition::Revision(single(id), revisions[usize::try_from(id).unwrap()]);
    let commits = vec![
        commit(1, at(0), put(&single(0), b"wrong")),
        commit(2, Condition::Absent(single(1)), put(&single(1), b"after")),
        commit(3, at(2), delete(&single(2))),
        commit(4, None, delete(&single(3))),
        commit(5, Condition::Present(single(4)), put(&single(4), b"wrong")),
        commit(6, None, put(&single(5), b"after")),
    ];
    let outcomes = store.backend().commit_many(&cx, commits).await;
    for place in [0, 2, 4] {
        assert_eq!(failed(&outcomes[place])[0].current, None);
    }
    assert_eq!(applied(&outcomes[1]), [Effect::Put]);
    assert_eq!(applied(&outcomes[3]), [Effect::Deleted(false)]);
    assert_eq!(applied(&outcomes[5]), [Effect::Put]);
    for (id, stands) in [
        (0, false),
        (1, true),
        (2, false),
        (3, false),
        (4, false),
        (5, true),
    ] {
        let entry = trial.get_raw(&single(id)).await;
        assert_eq!(entry.is_some(), stands, "{id}");
        assert!(entry.is_none_or(|entry| entry.ttl.is_none()), "{id}");
    }
}
