//! Stored bytes that are damaged or foreign: an error that names the key, and never a skipped entry.

use futures_util::StreamExt as _;

use super::fixtures::{Label, label, text};
use super::support::{Trial, key_of, raw_value, refused};
use crate::backend::{Backend, Key};
use crate::testing::Harness;
use crate::value::StateValue;
use crate::{ErrorKind, Store};

/// Shows that reading `key` in any way is an error of `kind` that names it, and changes nothing.
pub(super) async fn unreadable<B, K>(store: &Store<B>, key: &K, readable: &K, kind: ErrorKind)
where
    B: Backend,
    K: crate::StateKey,
    K::Value: StateValue + std::fmt::Debug,
{
    let raw = key_of(key);
    let before = raw_value(store, &raw).await;
    let name = raw.to_string();
    let errors = [
        refused(store.get(key).await, kind),
        refused(store.get_versioned(key).await, kind),
        refused(store.get_many([readable, key, readable]).await, kind),
        refused(store.take(key).await, kind),
        refused(store.update(key, |old| old).await, kind),
        refused(store.update(key, |_| None).await, kind),
        refused(store.transaction().get(key).await, kind),
    ];
    for error in errors {
        assert_eq!(error.key(), Some(name.as_str()), "{error}");
        assert!(name.starts_with(K::NAMESPACE), "{error}");
    }
    assert_eq!(
        raw_value(store, &raw).await,
        before,
        "an error of a read changed the entry"
    );
    assert!(store.contains(key).await.unwrap());
    assert!(store.persist(key).await.unwrap());
}

/// Shows that damaged bytes are an error that names the key by every way of reading, that no range, scan or
/// snapshot skips them, and that they can be overwritten and deleted.
pub async fn damaged_bytes_are_never_skipped<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let store = &trial.store;
    for name in ["a", "b", "c"] {
        store.put(&label("t", name), &text(name)).await.unwrap();
    }
    let damaged = label("t", "b");
    let raw = key_of(&damaged);
    let whole = raw_value(store, &raw).await;
    let kind = ErrorKind::Corrupt;
    let foreign: [&[u8]; 4] = [
        b"",
        &whole[..1],
        &whole[..whole.len() - 1],
        &[&whole[..], b"x"].concat(),
    ];
    for bytes in foreign {
        trial.put_raw(&raw, bytes).await;
        unreadable(store, &damaged, &label("t", "a"), kind).await;
        let range = || store.range(Label::prefix().tenant("t"));
        let errors = [
            refused(range().collect().await, kind),
            refused(range().reverse().collect().await, kind),
            refused(range().versioned().collect().await, kind),
            refused(range().page(None).await, kind),
            refused(store.scan::<Label>().collect().await, kind),
            refused(
                store.snapshot::<Label>().await.unwrap().collect().await,
                kind,
            ),
        ];
        for error in errors {
            assert_eq!(error.key(), Some(raw.to_string().as_str()), "{error}");
        }
        let seen: Vec<_> = range().stream().collect().await;
        assert_eq!(seen.len(), 2, "a stream ends with the error");
        assert_eq!(seen[0].as_ref().unwrap(), &(label("t", "a"), text("a")));
        assert_eq!(seen[1].as_ref().unwrap_err().kind(), kind);
        let names: Vec<_> = range().keys().collect().await.unwrap();
        assert_eq!(names, ["a", "b", "c"].map(|name| label("t", name)));
    }
    assert!(
        !store.insert(&damaged, &text("new")).await.unwrap(),
        "damaged is not absent"
    );
    store.put(&damaged, &text("repaired")).await.unwrap();
    assert_eq!(store.get(&damaged).await.unwrap(), Some(text("repaired")));
    trial.put_raw(&raw, b"").await;
    assert!(store.delete(&damaged).await.unwrap());
    assert_eq!(
        store
            .range(Label::prefix().tenant("t"))
            .collect()
            .await
            .unwrap()
            .len(),
        2
    );
}

/// Shows that a stored key which is none of the type is an error that names it, and is not skipped.
pub async fn a_foreign_key_is_never_skipped<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let store = &trial.store;
    store.put(&label("t", "a"), &text("a")).await.unwrap();
    let whole = key_of(&label("t", "b"));
    let mut bytes = whole.as_bytes().to_vec();
    bytes.extend_from_slice(b"more than a label");
    let foreign = Key::new(&bytes[..], whole.partition_end())
        .unwrap()
        .with_index(true);
    trial
        .put_raw(&foreign, &raw_value(store, &key_of(&label("t", "a"))).await)
        .await;
    let errors = [
        refused(
            store.range(Label::prefix().tenant("t")).collect().await,
            ErrorKind::Corrupt,
        ),
        refused(
            store
                .range(Label::prefix().tenant("t"))
                .keys()
                .collect()
                .await,
            ErrorKind::Corrupt,
        ),
        refused(store.scan::<Label>().collect().await, ErrorKind::Corrupt),
    ];
    for error in errors {
        assert_eq!(error.key(), Some(foreign.to_string().as_str()), "{error}");
    }
    assert_eq!(
        store
            .range(Label::prefix().tenant("t"))
            .count()
            .await
            .unwrap(),
        2
    );
    assert_eq!(
        store
            .range(Label::prefix().tenant("t"))
            .clear()
            .await
            .unwrap(),
        2
    );
}
