//! Many entries at once: order, duplicates, none and ten thousand.

use super::fixtures::{Parcel, Single, Text, text};
use super::support::{Trial, key_of};
use crate::Revision;
use crate::backend::{Backend as _, Context, Expiry, Write, WriteBatch, Written};
use crate::testing::Harness;

/// Shows that `get_many` answers in the order asked, duplicates twice and the missing with none, over many
/// partitions.
pub async fn get_many_keeps_order_and_duplicates<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let store = &trial.store;
    for id in [1, 2, 3] {
        store
            .put(&Single { id }, &text(id.to_string()))
            .await
            .unwrap();
    }
    let asked = [3, 9, 1, 3, 2, 8, 9, 1, 3].map(|id| Single { id });
    let answers = store.get_many(&asked).await.unwrap();
    let expected = ["3", "", "1", "3", "2", "", "", "1", "3"]
        .map(|value| (!value.is_empty()).then(|| text(value)));
    assert_eq!(answers, expected);
}

/// Shows that no keys are no work and no error, in every operation on many keys.
pub async fn no_keys_are_no_error<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let store = &trial.store;
    let no_keys: [Single; 0] = [];
    assert_eq!(store.get_many(&no_keys).await.unwrap(), []);
    assert_eq!(store.delete_many(&no_keys).await.unwrap(), 0);
    let none: [(&Single, &Text); 0] = [];
    store.put_many(none).await.unwrap();
    let cx = Context::new();
    assert!(store.backend().get(&cx, &[]).await.unwrap().is_empty());
    let batch = WriteBatch {
        revision: Revision::from_bits(1),
        writes: Vec::new(),
    };
    assert_eq!(
        store.backend().write(&cx, batch).await.unwrap(),
        Written { deleted: 0 }
    );
    assert_eq!(store.scan::<Single>().count().await.unwrap(), 0);
}

/// Shows that ten thousand keys can be written, read with duplicates and gaps, and deleted in one call each.
pub async fn ten_thousand_keys_in_one_call<H: Harness>(harness: &H) {
    const COUNT: u64 = 10_000;
    let trial = Trial::new(harness).await;
    let store = &trial.store;
    let entries: Vec<_> = (0..COUNT)
        .map(|id| (Single { id }, text(format!("value {id}"))))
        .collect();
    store
        .put_many(entries.iter().map(|(key, value)| (key, value)))
        .await
        .unwrap();

    let asked: Vec<_> = (0..COUNT)
        .map(|at| Single {
            id: at * 7_919 % (COUNT + 500),
        })
        .collect();
    let answers = store.get_many(&asked).await.unwrap();
    assert_eq!(answers.len(), asked.len());
    for (key, answer) in asked.iter().zip(&answers) {
        let expected = (key.id < COUNT).then(|| text(format!("value {}", key.id)));
        assert_eq!(answer, &expected, "the answer for {key}");
    }
    assert_eq!(store.scan::<Single>().count().await.unwrap(), COUNT);

    let keys: Vec<_> = (0..COUNT + 100).map(|id| Single { id }).collect();
    assert_eq!(store.delete_many(&keys).await.unwrap(), COUNT);
    assert_eq!(store.delete_many(&keys).await.unwrap(), 0);
    assert_eq!(store.scan::<Single>().count().await.unwrap(), 0);
}

/// Shows that of several values for one key in one `put_many` the last is stored.
pub async fn the_last_of_duplicate_puts_wins<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let store = &trial.store;
    let entries = [(1, "a"), (2, "b"), (1, "c"), (3, "d"), (1, "e"), (2, "f")]
        .map(|(id, value)| (Single { id }, text(value)));
    store
        .put_many(entries.iter().map(|(key, value)| (key, value)))
        .await
        .unwrap();
    let keys = [1, 2, 3].map(|id| Single { id });
    let got = store.get_many(&keys).await.unwrap();
    assert_eq!(got, ["e", "f", "d"].map(|value| Some(text(value))));
    assert_eq!(store.scan::<Single>().count().await.unwrap(), 3);
}

/// Shows that `delete_many` counts the entries that were there, each once.
pub async fn delete_many_counts_what_was_there<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let store = &trial.store;
    for id in 0..5 {
        store.put(&Single { id }, &text("x")).await.unwrap();
    }
    let keys = [0, 9, 1, 0, 1, 1, 8, 2].map(|id| Single { id });
    assert_eq!(store.delete_many(&keys).await.unwrap(), 3);
    let keys = [0, 1, 2, 3, 4].map(|id| Single { id });
    let left = store.get_many(&keys).await.unwrap();
    assert_eq!(left, [None, None, None, Some(text("x")), Some(text("x"))]);
}

/// Shows that a batch of puts and deletes in turn ends as its last write of each key says, that each delete
/// counts what stood there just before, and that all its puts have the batch's revision.
pub async fn a_batch_applies_in_order<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let cx = Context::new();
    let [a, b, c] = ["a", "b", "c"].map(|id| key_of(&Parcel { id: id.into() }));
    let put = |key: &crate::backend::Key, value: &'static [u8]| Write::Put {
        key: key.clone(),
        value: value.into(),
        expiry: Expiry::Never,
    };
    let delete = |key: &crate::backend::Key| Write::Delete { key: key.clone() };
    trial.put_raw(&c, b"old").await;
    let batch = WriteBatch {
        revision: Revision::from_bits(0xABCD),
        writes: vec![
            put(&a, b"1"),
            delete(&a),
            put(&a, b"2"),
            delete(&b),
            put(&b, b"3"),
            delete(&b),
            delete(&b),
            delete(&c),
        ],
    };
    let written = trial.store.backend().write(&cx, batch).await.unwrap();
    assert_eq!(written, Written { deleted: 3 });
    let entries = trial.store.backend().get(&cx, &[a, b, c]).await.unwrap();
    let entry = entries[0]
        .as_ref()
        .expect("the last write of the key put it");
    assert_eq!(&entry.value[..], b"2");
    assert_eq!(entry.revision, Revision::from_bits(0xABCD));
    assert_eq!(entries[1], None);
    assert_eq!(entries[2], None);
}
