//! Whose time to live a write gets.

use super::fixtures::{Session, SessionKey, Single, label, tally, text};
use super::support::{Trial, ttl};
use crate::store::Lifetime;
use crate::testing::Harness;
use crate::{Expiry, Store, Ttl};

/// Shows that the time to live is that of the view, else of the type, else of the store, else none.
pub async fn the_nearest_default_decides<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let of_store = ttl(3_600_000);
    let of_type = ttl(15 * 60 * 1_000);
    let of_view = ttl(30_000);
    let store = Store::builder(trial.backend())
        .default_ttl(of_store)
        .build();
    let session = Session {
        user: "u".to_owned(),
    };
    let near = |lifetime: Lifetime, expected: Ttl| match lifetime {
        Lifetime::For(left) => {
            assert!(left <= expected, "{left:?} of {expected:?}");
            assert!(
                left.as_millis() > expected.as_millis() / 2,
                "{left:?} of {expected:?}"
            );
        }
        other => panic!("{other:?} instead of {expected:?}"),
    };

    store.put(&Single { id: 1 }, &text("x")).await.unwrap();
    near(store.ttl(&Single { id: 1 }).await.unwrap(), of_store);
    store
        .put_many([(&Single { id: 2 }, &text("x"))])
        .await
        .unwrap();
    near(store.ttl(&Single { id: 2 }).await.unwrap(), of_store);
    store.insert(&Single { id: 3 }, &text("x")).await.unwrap();
    near(store.ttl(&Single { id: 3 }).await.unwrap(), of_store);
    store
        .update(&Single { id: 4 }, |_| Some(text("x")))
        .await
        .unwrap();
    near(store.ttl(&Single { id: 4 }).await.unwrap(), of_store);
    store.counter(&tally("t", 1)).unwrap().add(1).await.unwrap();
    near(store.ttl(&tally("t", 1)).await.unwrap(), of_store);
    let mut tx = store.transaction();
    tx.put(&label("t", "x"), &text("x")).unwrap();
    tx.add(&tally("t", 2), 1).unwrap();
    tx.commit().await.unwrap();
    near(store.ttl(&label("t", "x")).await.unwrap(), of_store);
    near(store.ttl(&tally("t", 2)).await.unwrap(), of_store);

    store.put(&SessionKey { id: 1 }, &session).await.unwrap();
    near(store.ttl(&SessionKey { id: 1 }).await.unwrap(), of_type);
    store
        .with_expiry(of_view)
        .put(&SessionKey { id: 2 }, &session)
        .await
        .unwrap();
    near(store.ttl(&SessionKey { id: 2 }).await.unwrap(), of_view);
    store
        .with_expiry(Expiry::Never)
        .put(&SessionKey { id: 3 }, &session)
        .await
        .unwrap();
    assert_eq!(
        store.ttl(&SessionKey { id: 3 }).await.unwrap(),
        Lifetime::Forever
    );

    let plain = Store::new(trial.backend());
    plain.put(&SessionKey { id: 4 }, &session).await.unwrap();
    near(plain.ttl(&SessionKey { id: 4 }).await.unwrap(), of_type);
    plain.put(&Single { id: 5 }, &text("x")).await.unwrap();
    assert_eq!(
        plain.ttl(&Single { id: 5 }).await.unwrap(),
        Lifetime::Forever
    );
}
