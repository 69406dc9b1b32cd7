//! Limits of keys and values: a typed error, and nothing is written.

use super::fixtures::{Blob, Label, Note, NoteKey, Parcel, label, text};
use super::support::{Trial, key_of, noise, refused, size};
use crate::backend::MAX_KEY_LEN;
use crate::testing::Harness;
use crate::{ErrorKind, Store};

/// Shows that a value above the limit is refused with a typed error by every write, and that nothing of
/// that call is written; a value at the limit is taken.
pub async fn a_value_above_the_limit_is_refused<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let store = Store::builder(trial.backend()).max_value_size(100).build();
    let old = Blob(vec![1; 100]);
    let big = Blob(vec![2; 101]);
    let key = Parcel { id: vec![1] };
    let other = Parcel { id: vec![2] };
    let revision = store.put(&key, &old).await.unwrap();

    refused(store.put(&key, &big).await, ErrorKind::TooLarge);
    refused(store.insert(&other, &big).await, ErrorKind::TooLarge);
    refused(
        store.replace(&key, revision, &big).await,
        ErrorKind::TooLarge,
    );
    refused(
        store.update(&key, |_| Some(big.clone())).await,
        ErrorKind::TooLarge,
    );
    refused(
        store.put_many([(&other, &old), (&key, &big)]).await,
        ErrorKind::TooLarge,
    );
    let mut tx = store.transaction();
    let error = refused(tx.put(&key, &big), ErrorKind::TooLarge);
    assert_eq!(error.key(), Some(key_of(&key).to_string().as_str()));

    assert_eq!(store.get(&key).await.unwrap(), Some(old));
    assert_eq!(store.get(&other).await.unwrap(), None);
}

/// Shows that the limit of a value's type stands over the store's.
pub async fn the_limit_of_a_type_stands_over_the_stores<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let key = NoteKey { id: 1 };
    refused(
        trial.store.put(&key, &Note("n".repeat(1_100))).await,
        ErrorKind::TooLarge,
    );
    assert_eq!(trial.store.get(&key).await.unwrap(), None);
    let note = Note("n".repeat(900));
    let narrow = Store::builder(trial.backend()).max_value_size(16).build();
    narrow.put(&key, &note).await.unwrap();
    assert_eq!(narrow.get(&key).await.unwrap(), Some(note));
}

/// Shows that a key of the longest permitted length is stored, and that one byte more is refused by reads
/// and writes alike.
pub async fn a_key_above_the_limit_is_refused<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let overhead = key_of(&Parcel { id: Vec::new() }).as_bytes().len();
    let longest = Parcel {
        id: vec![b'k'; MAX_KEY_LEN - overhead],
    };
    assert_eq!(key_of(&longest).as_bytes().len(), MAX_KEY_LEN);
    let mut too_long = longest.clone();
    too_long.id.push(b'k');
    let value = Blob(vec![1]);

    trial.store.put(&longest, &value).await.unwrap();
    assert_eq!(
        trial.store.get(&longest).await.unwrap(),
        Some(value.clone())
    );
    assert!(trial.store.delete(&longest).await.unwrap());

    refused(
        trial.store.put(&too_long, &value).await,
        ErrorKind::TooLarge,
    );
    refused(trial.store.get(&too_long).await, ErrorKind::TooLarge);
    refused(trial.store.delete(&too_long).await, ErrorKind::TooLarge);
    refused(
        trial
            .store
            .get_many(&[longest.clone(), too_long.clone()])
            .await,
        ErrorKind::TooLarge,
    );
    refused(
        trial
            .store
            .put_many([(&longest, &value), (&too_long, &value)])
            .await,
        ErrorKind::TooLarge,
    );
    assert_eq!(trial.store.get(&longest).await.unwrap(), None);
    assert_eq!(trial.store.scan::<Parcel>().count().await.unwrap(), 0);
}

/// Shows that a value larger than the reader's limit is an error when it is read, and stays.
pub async fn a_value_above_the_readers_limit_is_refused<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let key = Parcel { id: vec![1] };
    let value = Blob(noise(1, 1_000));
    trial.store.put(&key, &value).await.unwrap();
    let narrow = Store::builder(trial.backend()).max_value_size(999).build();
    let error = refused(narrow.get(&key).await, ErrorKind::TooLarge);
    assert_eq!(error.key(), Some(key_of(&key).to_string().as_str()));
    refused(narrow.take(&key).await, ErrorKind::TooLarge);
    assert_eq!(trial.store.get(&key).await.unwrap(), Some(value));
}

/// Shows that keys of the longest permitted length, which differ in their last byte alone, come in order and
/// page by page, whether their length lies in the partition or after it.
pub async fn the_longest_keys_come_in_order<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let store = &trial.store;
    let overhead = key_of(&label("t", "")).as_bytes().len();
    let long = "k".repeat(MAX_KEY_LEN - overhead - 1);
    let long_tenant = format!("t{long}");
    let in_name: Vec<_> = ["a", "b", "c"]
        .map(|last| label("t", &format!("{long}{last}")))
        .into();
    let in_tenant: Vec<_> = ["a", "b", "c"].map(|name| label(&long_tenant, name)).into();
    for (tenant, keys) in [("t", in_name), (&long_tenant[..], in_tenant)] {
        for key in &keys {
            assert_eq!(key_of(key).as_bytes().len(), MAX_KEY_LEN);
            store.put(key, &text(&key.name[..1])).await.unwrap();
        }
        let range = || {
            store
                .range(Label::prefix().tenant(tenant))
                .page_size(size(1))
                .keys()
        };
        assert_eq!(range().collect().await.unwrap(), keys);
        let mut found = range().reverse().collect().await.unwrap();
        found.reverse();
        assert_eq!(found, keys);
    }
    assert_eq!(
        store
            .scan::<Label>()
            .page_size(size(1))
            .count()
            .await
            .unwrap(),
        6
    );
}
