//! Schema versions: old ones are read through the chain, newer ones are refused.

use futures_util::StreamExt as _;

use super::damage::unreadable;
use super::fixtures::{Account, AccountKey, AccountKeyV1, AccountKeyV2, AccountV1, AccountV2};
use super::support::{Trial, key_of, refused};
use crate::ErrorKind;
use crate::testing::Harness;

/// Shows that bytes of version 1 and 2 are read as version 3 through the chain, by every way of reading, and
/// that the next write stores version 3.
pub async fn old_versions_are_read_through_the_chain<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let store = &trial.store;
    let v1 = AccountV1 {
        owner: "Ada Lovelace".to_owned(),
    };
    let v2 = AccountV2 {
        owner: "Alan Turing".to_owned(),
        balance: 42,
    };
    let account = |first: &str, last: &str, balance| Account {
        first: first.to_owned(),
        last: last.to_owned(),
        balance,
    };
    store
        .put(&AccountKeyV1 { bank: 1, id: 1 }, &v1)
        .await
        .unwrap();
    store
        .put(&AccountKeyV2 { bank: 1, id: 2 }, &v2)
        .await
        .unwrap();
    store
        .put(
            &AccountKey { bank: 1, id: 3 },
            &account("Grace", "Hopper", 7),
        )
        .await
        .unwrap();
    let keys = [1, 2, 3].map(|id| AccountKey { bank: 1, id });
    let expected = [
        account("Ada", "Lovelace", 0),
        account("Alan", "Turing", 42),
        account("Grace", "Hopper", 7),
    ];
    let entries: Vec<_> = keys.iter().cloned().zip(expected.clone()).collect();

    for (key, account) in &entries {
        assert_eq!(store.get(key).await.unwrap().as_ref(), Some(account));
    }
    let got = store.get_many(&keys).await.unwrap();
    assert!(got.iter().flatten().eq(&expected));
    let range = || store.range(AccountKey::prefix().bank(1));
    assert_eq!(range().collect().await.unwrap(), entries);
    let mut scanned = store.scan::<AccountKey>().collect().await.unwrap();
    scanned.sort_by(|(a, _), (b, _)| a.cmp(b));
    assert_eq!(scanned, entries);
    let mut kept = store
        .snapshot::<AccountKey>()
        .await
        .unwrap()
        .collect()
        .await
        .unwrap();
    kept.sort_by(|(a, _), (b, _)| a.cmp(b));
    assert_eq!(kept, entries);
    assert_eq!(
        store.get(&AccountKeyV2 { bank: 1, id: 1 }).await.unwrap(),
        Some(AccountV2::from(v1)),
        "the second version reads the first"
    );

    let revision = store
        .get_versioned(&keys[0])
        .await
        .unwrap()
        .expect("it was put")
        .revision;
    let before = trial.get_raw(&key_of(&keys[0])).await.expect("it was put");
    assert_eq!(
        before.revision, revision,
        "reading an old version does not write"
    );
    store.update(&keys[0], |old| old).await.unwrap();
    let after = trial.get_raw(&key_of(&keys[0])).await.expect("it was put");
    assert_ne!(before.value, after.value);
    assert_eq!(
        store.get(&keys[0]).await.unwrap(),
        Some(expected[0].clone())
    );
    refused(
        store.get(&AccountKeyV1 { bank: 1, id: 1 }).await,
        ErrorKind::IncompatibleSchema,
    );
}

/// Shows that a value of a newer version is a typed error that names key, namespace and versions, by every way
/// of reading; that it is not skipped, not taken and not overwritten by an update; and that what needs no
/// value goes on.
pub async fn a_newer_version_is_refused<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let store = &trial.store;
    let account = Account {
        first: "Grace".to_owned(),
        last: "Hopper".to_owned(),
        balance: 7,
    };
    let old = AccountV2 {
        owner: "Alan Turing".to_owned(),
        balance: 42,
    };
    store
        .put(&AccountKeyV2 { bank: 1, id: 1 }, &old)
        .await
        .unwrap();
    store
        .put(&AccountKey { bank: 1, id: 2 }, &account)
        .await
        .unwrap();
    store
        .put(&AccountKeyV2 { bank: 1, id: 3 }, &old)
        .await
        .unwrap();
    let key = AccountKeyV2 { bank: 1, id: 2 };
    let first = AccountKeyV2 { bank: 1, id: 1 };
    unreadable(store, &key, &first, ErrorKind::IncompatibleSchema).await;
    let error = refused(store.get(&key).await, ErrorKind::IncompatibleSchema);
    let message = error.to_string();
    assert!(
        message.contains("version 3") && message.contains("conformance.account"),
        "{message}"
    );

    let range = || store.range(AccountKeyV2::prefix().bank(1));
    let seen: Vec<_> = range().stream().collect().await;
    assert_eq!(
        seen.len(),
        2,
        "a stream gives what comes before the error, the error, and ends"
    );
    assert_eq!(seen[0].as_ref().unwrap(), &(first.clone(), old));
    assert_eq!(
        seen[1].as_ref().unwrap_err().kind(),
        ErrorKind::IncompatibleSchema
    );
    refused(range().collect().await, ErrorKind::IncompatibleSchema);
    refused(range().page(None).await, ErrorKind::IncompatibleSchema);
    refused(
        store.scan::<AccountKeyV2>().collect().await,
        ErrorKind::IncompatibleSchema,
    );
    let kept = store
        .snapshot::<AccountKeyV2>()
        .await
        .unwrap()
        .collect()
        .await;
    refused(kept, ErrorKind::IncompatibleSchema);
    assert_eq!(range().keys().collect().await.unwrap().len(), 3);
    assert_eq!(range().count().await.unwrap(), 3);
    assert_eq!(
        store.get(&AccountKey { bank: 1, id: 2 }).await.unwrap(),
        Some(account)
    );
}
