//! Single entries: what is written is read, what is not there is absent, and keys never mix.

use super::fixtures::{Blob, Parcel, Single, Text, text};
use super::support::{Trial, key_of, noise};
use crate::Store;
use crate::backend::{Backend as _, Context};
use crate::store::Lifetime;
use crate::testing::Harness;

/// Shows that values of 0 bytes to 8 MiB come back byte by byte, by `get`, `get_many` and `take`.
pub async fn values_of_every_size_come_back<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let store = Store::builder(trial.backend())
        .max_value_size(9 << 20)
        .build();
    let sizes = [
        0,
        1,
        2,
        255,
        4_096,
        65_535,
        65_536,
        65_537,
        1 << 20,
        8 << 20,
    ];
    for size in sizes {
        let key = Parcel {
            id: size.to_string().into_bytes(),
        };
        let value = Blob(noise(1, size));
        store.put(&key, &value).await.unwrap();
        let got = store.get(&key).await.unwrap();
        assert!(
            got.as_ref() == Some(&value),
            "{size} bytes came back changed by `get`"
        );
        let got = store.get_many(std::slice::from_ref(&key)).await.unwrap();
        assert!(
            got == [Some(value.clone())],
            "{size} bytes came back changed by `get_many`"
        );
        let got = store.take(&key).await.unwrap();
        assert!(
            got == Some(value),
            "{size} bytes came back changed by `take`"
        );
        assert!(!store.contains(&key).await.unwrap());
    }
}

/// Shows that an entry whose value has no bytes is present.
pub async fn an_empty_value_is_present<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let key = Parcel { id: vec![7] };
    trial.put_raw(&key_of(&key), b"").await;
    let entries = trial
        .store
        .backend()
        .get(&Context::new().with_lifetimes(), &[key_of(&key)])
        .await
        .unwrap();
    let entry = entries[0]
        .as_ref()
        .expect("an entry of no bytes is an entry");
    assert!(entry.value.is_empty());
    assert_eq!(entry.ttl, None);
    assert!(trial.store.contains(&key).await.unwrap());
    assert_eq!(trial.store.ttl(&key).await.unwrap(), Lifetime::Forever);
    assert!(!trial.store.insert(&key, &Blob(vec![1])).await.unwrap());
    assert!(trial.store.delete(&key).await.unwrap());
    assert!(!trial.store.contains(&key).await.unwrap());
}

/// Shows what every operation answers for a key that was never written: nothing, and no error.
pub async fn a_key_never_written_is_absent<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let store = &trial.store;
    let key = Single { id: 1 };
    assert_eq!(store.get(&key).await.unwrap(), None);
    assert!(store.get_versioned(&key).await.unwrap().is_none());
    assert!(!store.contains(&key).await.unwrap());
    assert!(!store.delete(&key).await.unwrap());
    assert_eq!(store.take(&key).await.unwrap(), None);
    assert_eq!(store.ttl(&key).await.unwrap(), Lifetime::Absent);
    assert!(!store.persist(&key).await.unwrap());
    assert_eq!(store.get_many([&key, &key]).await.unwrap(), [None, None]);
    assert_eq!(store.delete_many([&key]).await.unwrap(), 0);
    assert_eq!(
        store.update(&key, |old: Option<Text>| old).await.unwrap(),
        None
    );
    assert_eq!(store.scan::<Single>().count().await.unwrap(), 0);
    assert!(store.scan::<Single>().collect().await.unwrap().is_empty());
    assert_eq!(store.scan::<Single>().clear().await.unwrap(), 0);
    assert_eq!(store.get(&key).await.unwrap(), None);
}

/// Shows that a put overwrites, a delete removes once, and the key can be written again.
pub async fn a_deleted_key_is_gone<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let store = &trial.store;
    let key = Single { id: 1 };
    store.put(&key, &text("first")).await.unwrap();
    store.put(&key, &text("second")).await.unwrap();
    assert_eq!(store.get(&key).await.unwrap(), Some(text("second")));
    assert!(store.contains(&key).await.unwrap());
    assert!(store.delete(&key).await.unwrap());
    assert_eq!(store.get(&key).await.unwrap(), None);
    assert!(!store.contains(&key).await.unwrap());
    assert!(!store.delete(&key).await.unwrap());
    assert_eq!(store.scan::<Single>().count().await.unwrap(), 0);
    store.put(&key, &text("third")).await.unwrap();
    assert_eq!(store.get(&key).await.unwrap(), Some(text("third")));
}

/// Shows that `take` answers the value once.
pub async fn take_gives_the_value_once<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let key = Single { id: 1 };
    trial.store.put(&key, &text("only")).await.unwrap();
    assert_eq!(trial.store.take(&key).await.unwrap(), Some(text("only")));
    assert_eq!(trial.store.take(&key).await.unwrap(), None);
    assert_eq!(trial.store.get(&key).await.unwrap(), None);
}

/// Shows that two fresh stores share nothing, as every other case takes for granted.
pub async fn fresh_stores_share_nothing<H: Harness>(harness: &H) {
    let one = Trial::new(harness).await;
    let two = Trial::new(harness).await;
    one.store
        .put(&Single { id: 1 }, &text("one"))
        .await
        .unwrap();
    assert_eq!(two.store.get(&Single { id: 1 }).await.unwrap(), None);
    assert_eq!(two.store.scan::<Single>().count().await.unwrap(), 0);
    assert_eq!(two.store.scan::<Single>().clear().await.unwrap(), 0);
    assert_eq!(
        one.store.get(&Single { id: 1 }).await.unwrap(),
        Some(text("one"))
    );
}

/// Shows that two clients of one store see each other's writes at once.
pub async fn clients_of_one_store_see_each_other<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let [one, two] = &trial.clients().await;
    for round in 0..20 {
        let key = Single { id: round % 3 };
        let value = text(round.to_string());
        let revision = one.put(&key, &value).await.unwrap();
        let read = two
            .get_versioned(&key)
            .await
            .unwrap()
            .expect("the other client put it");
        assert_eq!((read.value, read.revision), (value, revision));
        assert_eq!(
            two.scan::<Single>().count().await.unwrap(),
            3.min(round + 1)
        );
    }
    assert_eq!(two.scan::<Single>().clear().await.unwrap(), 3);
    assert_eq!(one.get(&Single { id: 0 }).await.unwrap(), None);
}
