//! Times to live: how they are set, kept, changed, cleared and told.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::fixtures::{Single, label, text};
use super::support::{Trial, key_of, together, ttl};
use crate::backend::{Backend as _, Context, Write, WriteBatch};
use crate::store::Lifetime;
use crate::testing::Harness;
use crate::{Expiry, Revision};

/// Shows that an entry lives until its time is over, to the millisecond, and is gone from then on.
pub async fn an_entry_expires_when_its_time_is_over<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let key = Single { id: 1 };
    let expiring = trial.store.with_expiry(ttl(2_000));
    expiring.put(&key, &text("x")).await.unwrap();
    assert_eq!(trial.store.get(&key).await.unwrap(), Some(text("x")));
    if trial.clock_is_manual() {
        trial.pass(1_999).await;
        assert_eq!(trial.store.get(&key).await.unwrap(), Some(text("x")));
        assert_eq!(trial.store.ttl(&key).await.unwrap(), Lifetime::For(ttl(1)));
        trial.pass(1).await;
    } else {
        trial.pass(2_000).await;
    }
    assert_eq!(trial.store.get(&key).await.unwrap(), None);
    trial.pass(1).await;
    assert_eq!(trial.store.get(&key).await.unwrap(), None);
}

/// Shows that a put without time to live clears an earlier one, by every kind of write.
pub async fn a_write_without_time_to_live_clears_an_earlier_one<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let store = &trial.store;
    let expiring = store.with_expiry(ttl(1_000));
    let keys: Vec<_> = (0..6).map(|id| label("t", &id.to_string())).collect();
    let mut revisions = Vec::new();
    for key in &keys {
        revisions.push(expiring.put(key, &text("old")).await.unwrap());
    }
    let new = text("new");
    store.put(&keys[0], &new).await.unwrap();
    store.put_many([(&keys[1], &new)]).await.unwrap();
    store.replace(&keys[2], revisions[2], &new).await.unwrap();
    store.update(&keys[3], |_| Some(new.clone())).await.unwrap();
    let mut tx = store.transaction();
    tx.put(&keys[4], &new).unwrap();
    tx.commit().await.unwrap();
    store.delete(&keys[5]).await.unwrap();
    assert!(store.insert(&keys[5], &new).await.unwrap());
    for key in &keys {
        assert_eq!(store.ttl(key).await.unwrap(), Lifetime::Forever, "{key}");
    }
    trial.pass(1_001).await;
    trial.sweep().await;
    for key in &keys {
        assert_eq!(store.get(key).await.unwrap(), Some(new.clone()), "{key}");
    }
}

/// Shows that a put that keeps the expiry keeps it, and that it lives for ever where there was no entry.
pub async fn keep_keeps_the_expiry<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let store = &trial.store;
    let keeping = store.with_expiry(Expiry::Keep);
    let keys = ["put", "many", "update", "tx"].map(|name| label("t", name));
    for key in &keys {
        store
            .with_expiry(ttl(2_000))
            .put(key, &text("old"))
            .await
            .unwrap();
    }
    trial.pass(1_000).await;
    let new = text("new");
    keeping.put(&keys[0], &new).await.unwrap();
    keeping.put_many([(&keys[1], &new)]).await.unwrap();
    keeping
        .update(&keys[2], |_| Some(new.clone()))
        .await
        .unwrap();
    let mut tx = keeping.transaction();
    tx.put(&keys[3], &new).unwrap();
    tx.commit().await.unwrap();
    for key in &keys {
        let read = store
            .get_versioned(key)
            .await
            .unwrap()
            .expect("it lives yet");
        assert_eq!(read.value, new, "{key}");
        assert!(
            read.ttl.is_some_and(|left| left <= ttl(1_000)),
            "{key}: {:?}",
            read.ttl
        );
    }
    trial.pass(1_000).await;
    assert_eq!(
        store.get_many(&keys).await.unwrap(),
        [None, None, None, None]
    );
    keeping.put(&keys[0], &new).await.unwrap();
    keeping.put_many([(&keys[1], &new)]).await.unwrap();
    assert_eq!(store.ttl(&keys[0]).await.unwrap(), Lifetime::Forever);
    assert_eq!(store.ttl(&keys[1]).await.unwrap(), Lifetime::Forever);
}

/// Shows that a value and its time to live appear in one step: no reader ever sees the one without the other.
pub async fn a_value_never_shows_without_its_time_to_live<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let clients = trial.clients().await;
    let rounds = trial.scaled(300);
    let keys = ["commit", "write"].map(|name| label("t", name));
    let writing = Arc::new(AtomicUsize::new(2));
    together(4, |task| {
        let (store, keys, writing) = (
            clients[task % 2].clone(),
            keys.clone(),
            Arc::clone(&writing),
        );
        async move {
            if task < 2 {
                let expiring = store.with_expiry(ttl(3_600_000));
                for round in 0..rounds {
                    match (task, round % 2) {
                        (0, 0) => drop(expiring.put(&keys[0], &text("x")).await.unwrap()),
                        (0, _) => drop(store.delete(&keys[0]).await.unwrap()),
                        (_, 0) => expiring.put_many([(&keys[1], &text("x"))]).await.unwrap(),
                        (_, _) => drop(store.delete_many([&keys[1]]).await.unwrap()),
                    }
                }
                writing.fetch_sub(1, Ordering::SeqCst);
                return;
            }
            while writing.load(Ordering::SeqCst) > 0 {
                for key in &keys {
                    let read = store.get_versioned(key).await.unwrap();
                    assert!(read.is_none_or(|read| read.ttl.is_some()), "{key} has none");
                }
                tokio::task::yield_now().await;
            }
        }
    })
    .await;
}

/// Shows that each write of a batch has the time to live of its own.
pub async fn each_write_of_a_batch_expires_alone<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let keys = [1, 2, 3].map(|id| key_of(&Single { id }));
    let expiries = [
        Expiry::After(ttl(1_000)),
        Expiry::Never,
        Expiry::After(ttl(600_000)),
    ];
    let writes = keys
        .iter()
        .zip(expiries)
        .map(|(key, expiry)| Write::Put {
            key: key.clone(),
            value: "x".into(),
            expiry,
        })
        .collect();
    let batch = WriteBatch {
        revision: Revision::from_bits(9),
        writes,
    };
    trial
        .store
        .backend()
        .write(&Context::new(), batch)
        .await
        .unwrap();
    trial.pass(1_000).await;
    let entries = trial
        .store
        .backend()
        .get(&Context::new().with_lifetimes(), &keys)
        .await
        .unwrap();
    assert_eq!(entries[0], None);
    assert_eq!(entries[1].as_ref().expect("it lives for ever").ttl, None);
    let left = entries[2].as_ref().expect("it lives for 10 minutes").ttl;
    assert!(left.is_some_and(|left| left <= ttl(599_000)), "{left:?}");
}
