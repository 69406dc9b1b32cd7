//! Changing when an entry expires without writing it.

use super::fixtures::{Single, label, text};
use super::support::{Trial, ttl};
use crate::store::Lifetime;
use crate::testing::Harness;
use crate::{Expiry, Ttl};

/// Shows that a touch sets, shortens, extends and keeps the time to live, without a new revision or value.
pub async fn touch_changes_the_expiry_alone<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let store = &trial.store;
    let key = Single { id: 1 };
    let revision = store.put(&key, &text("x")).await.unwrap();
    for (expiry, at_most) in [
        (Expiry::After(ttl(60_000)), Some(60_000)),
        (Expiry::After(ttl(5_000)), Some(5_000)),
        (Expiry::Keep, Some(5_000)),
        (Expiry::After(ttl(600_000)), Some(600_000)),
        (Expiry::Never, None),
        (Expiry::Keep, None),
    ] {
        assert!(store.touch(&key, expiry).await.unwrap());
        let read = store
            .get_versioned(&key)
            .await
            .unwrap()
            .expect("it was put");
        assert_eq!(
            (read.value, read.revision),
            (text("x"), revision),
            "{expiry:?}"
        );
        let left = read.ttl.map(Ttl::as_millis);
        match (left, at_most) {
            (None, None) => {}
            (Some(left), Some(most)) => {
                assert!(
                    left <= most && left > most / 2,
                    "{left} ms are left of {most}"
                );
            }
            other => panic!("{expiry:?} gave {other:?}"),
        }
    }
    store.replace(&key, revision, &text("y")).await.unwrap();
}

/// Shows that a touch in time keeps an entry alive past its first expiry, and one too late does not wake it.
pub async fn touch_in_time_keeps_alive<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let store = &trial.store;
    let (kept, shortened, late) = (label("t", "kept"), label("t", "short"), label("t", "late"));
    store
        .with_expiry(ttl(1_000))
        .put(&kept, &text("x"))
        .await
        .unwrap();
    store
        .with_expiry(ttl(600_000))
        .put(&shortened, &text("x"))
        .await
        .unwrap();
    store
        .with_expiry(ttl(1_000))
        .put(&late, &text("x"))
        .await
        .unwrap();
    assert!(store.touch(&kept, ttl(600_000)).await.unwrap());
    assert!(store.touch(&shortened, ttl(1_000)).await.unwrap());
    trial.pass(1_000).await;
    assert!(!store.touch(&late, ttl(600_000)).await.unwrap());
    assert!(!store.persist(&late).await.unwrap());
    for _ in 0..2 {
        assert_eq!(store.get(&kept).await.unwrap(), Some(text("x")));
        assert_eq!(store.get(&shortened).await.unwrap(), None);
        assert_eq!(store.get(&late).await.unwrap(), None);
        trial.sweep().await;
    }
}

/// Shows that persist removes the time to live and answers whether there is an entry, and that `ttl` tells
/// no entry, none and some apart.
pub async fn persist_removes_the_time_to_live<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let store = &trial.store;
    let key = Single { id: 1 };
    assert_eq!(store.ttl(&key).await.unwrap(), Lifetime::Absent);
    assert!(!store.persist(&key).await.unwrap());
    assert!(!store.touch(&key, ttl(1_000)).await.unwrap());
    assert_eq!(
        store.ttl(&key).await.unwrap(),
        Lifetime::Absent,
        "a touch creates nothing"
    );
    let revision = store
        .with_expiry(ttl(1_000))
        .put(&key, &text("x"))
        .await
        .unwrap();
    match store.ttl(&key).await.unwrap() {
        Lifetime::For(left) => assert!(left <= ttl(1_000)),
        other => panic!("it was put with a time to live, and `ttl` says {other:?}"),
    }
    assert!(store.persist(&key).await.unwrap());
    assert_eq!(store.ttl(&key).await.unwrap(), Lifetime::Forever);
    assert!(store.persist(&key).await.unwrap());
    trial.pass(1_001).await;
    trial.sweep().await;
    let read = store
        .get_versioned(&key)
        .await
        .unwrap()
        .expect("it was persisted");
    assert_eq!(
        (read.value, read.revision, read.ttl),
        (text("x"), revision, None)
    );
}
