//! A deadline that has passed: a typed error, and nothing changes.

use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use super::fixtures::{Label, Single, Text, label, tally, text};
use super::support::{Trial, key_of, refused};
use crate::backend::{
    Backend as _, Commit, Condition, Context, Deadline, Direction, Expiry, Mutation, Projection,
    Range, Scan, Scope, Write, WriteBatch,
};
use crate::testing::Harness;
use crate::{Counter, ErrorKind, Revision};

/// Shows that a commit whose deadline has passed applies nothing, whatever its mutations are, also later.
pub async fn a_commit_past_its_deadline_changes_nothing<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let past = Context::new().with_deadline(Deadline::at(Instant::now()));
    let old = Revision::from_bits(0x0101);
    let keys = ["put", "delete", "touch", "new"].map(|name| key_of(&label("t", name)));
    for key in &keys[..3] {
        trial.put_raw_at(key, b"before", old).await;
    }
    trial.store.put(&tally("t", 1), &Counter(1)).await.unwrap();
    let backend = trial.store.backend();
    let before = backend.get(&Context::new(), &keys).await.unwrap();

    let expiry = Expiry::Never;
    let value = bytes::Bytes::from_static(b"after");
    let [put, delete, touch, new] = keys.clone();
    let mutations = [
        Mutation::Put {
            key: put,
            value: value.clone(),
            expiry,
        },
        Mutation::Delete { key: delete },
        Mutation::Touch {
            key: touch,
            expiry: Expiry::After(crate::Ttl::MAX),
        },
        Mutation::Put {
            key: new,
            value,
            expiry,
        },
        Mutation::Add {
            key: key_of(&tally("t", 1)),
            delta: 1,
            expiry,
        },
    ];
    for mutation in &mutations {
        for condition in [None, Some(Condition::Revision(keys[0].clone(), old))] {
            let mut commit = Commit::new(Revision::from_bits(0x0202), Scope::Partition);
            if let Some(condition) = condition {
                commit.require(condition).unwrap();
            }
            commit.apply(mutation.clone()).unwrap();
            let error = refused(backend.commit(&past, commit).await, ErrorKind::Timeout);
            assert!(
                error.is_retryable(),
                "nothing was applied, so it may be sent again"
            );
        }
    }
    let mut commit = Commit::new(Revision::from_bits(0x0303), Scope::Partition);
    for mutation in mutations {
        commit.apply(mutation).unwrap();
    }
    refused(backend.commit(&past, commit).await, ErrorKind::Timeout);

    // A commit that is served after them shows that they do not apply late.
    trial
        .store
        .put(&label("t", "last"), &text("last"))
        .await
        .unwrap();
    assert_eq!(backend.get(&Context::new(), &keys).await.unwrap(), before);
    assert_eq!(
        trial.store.get(&tally("t", 1)).await.unwrap(),
        Some(Counter(1))
    );
}

/// Shows that reads and batches of writes whose deadline has passed are errors, and that the batch wrote nothing.
pub async fn every_operation_heeds_a_passed_deadline<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let past = Context::new().with_deadline(Deadline::at(Instant::now()));
    let key = key_of(&label("t", "a"));
    let backend = trial.store.backend();
    let batch = WriteBatch {
        revision: Revision::from_bits(1),
        writes: vec![Write::Put {
            key: key.clone(),
            value: "x".into(),
            expiry: Expiry::Never,
        }],
    };
    let range = Range {
        start: key.as_bytes().into(),
        end: (&b"conformance.label\x01"[..]).into(),
        partition_end: Some(key.partition_end()),
        direction: Direction::Forward,
        projection: Projection::Keys,
        limit: NonZeroUsize::MIN,
        cursor: None,
    };
    let scan = Scan {
        namespace: "conformance.label".to_owned(),
        projection: Projection::Entries,
        limit: NonZeroUsize::MIN,
        cursor: None,
    };
    refused(
        backend.get(&past, std::slice::from_ref(&key)).await,
        ErrorKind::Timeout,
    );
    refused(backend.write(&past, batch).await, ErrorKind::Timeout);
    refused(backend.scan(&past, scan).await, ErrorKind::Timeout);
    refused(backend.range(&past, range).await, ErrorKind::Timeout);
    refused(backend.snapshot(&past, None).await, ErrorKind::Timeout);
    refused(backend.health(&past).await, ErrorKind::Timeout);
    assert_eq!(trial.get_raw(&key).await, None);
}

/// Shows that a view of a store without time left fails in every operation with a timeout that names the
/// operation, and changes nothing; the store itself goes on.
pub async fn a_view_without_time_changes_nothing<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let store = &trial.store;
    let late = store.with_timeout(Duration::ZERO);
    let kind = ErrorKind::Timeout;
    let key = label("t", "a");
    let missing = label("t", "missing");
    let revision = store.put(&key, &text("before")).await.unwrap();

    let error = refused(late.put(&key, &text("after")).await, kind);
    assert_eq!(error.operation(), Some("put"));
    assert_eq!(error.key(), Some(key_of(&key).to_string().as_str()));
    refused(late.get(&key).await, kind);
    refused(late.delete(&key).await, kind);
    refused(late.take(&key).await, kind);
    refused(late.insert(&missing, &text("after")).await, kind);
    refused(late.replace(&key, revision, &text("after")).await, kind);
    refused(late.delete_if(&key, revision).await, kind);
    refused(late.update(&key, |_| Some(text("after"))).await, kind);
    refused(late.get_many([&key]).await, kind);
    refused(late.put_many([(&key, &text("after"))]).await, kind);
    refused(late.delete_many([&key]).await, kind);
    refused(late.touch(&key, crate::Ttl::MIN).await, kind);
    refused(late.counter(&tally("t", 1)).unwrap().add(1).await, kind);
    refused(
        late.range(Label::prefix().tenant("t")).collect().await,
        kind,
    );
    refused(late.range(Label::prefix().tenant("t")).clear().await, kind);
    refused(late.scan::<Label>().count().await, kind);
    refused(late.snapshot::<Label>().await, kind);
    let mut tx = late.transaction();
    tx.put(&key, &text("after")).unwrap();
    refused(tx.commit().await, kind);

    let read = store
        .get_versioned(&key)
        .await
        .unwrap()
        .expect("nothing deleted it");
    assert_eq!(
        (read.value, read.revision, read.ttl),
        (text("before"), revision, None)
    );
    assert_eq!(store.get(&missing).await.unwrap(), None);
    assert_eq!(
        store.counter(&tally("t", 1)).unwrap().get().await.unwrap(),
        0
    );
}

/// Shows that a deadline far away changes nothing about an operation.
pub async fn a_deadline_in_time_is_not_noticed<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    for timeout in [Duration::from_mins(10), Duration::MAX] {
        let patient = trial.store.with_timeout(timeout);
        patient.put(&Single { id: 1 }, &text("x")).await.unwrap();
        let left = patient
            .update(&Single { id: 1 }, |old: Option<Text>| old)
            .await
            .unwrap();
        assert_eq!(left, Some(text("x")));
        assert_eq!(patient.scan::<Single>().count().await.unwrap(), 1);
        assert!(patient.delete(&Single { id: 1 }).await.unwrap());
    }
}

/// Shows that a healthy store says so.
pub async fn a_healthy_store_answers<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    trial.store.health().await.unwrap();
    assert!(!trial.store.capabilities().backend.is_empty());
}
