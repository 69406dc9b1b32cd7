//! Bytes are bytes: nothing in a key, a value or a prefix means anything to the store.

use super::fixtures::{Blob, Item, Label, Parcel, Single, Twin, item, label, text};
use super::support::Trial;
use crate::testing::Harness;

/// Every byte that some store or query language reads as something else.
const SPECIAL: [&str; 22] = [
    "'",
    "\"",
    "`",
    ";",
    "--",
    "\n",
    "\r\n",
    "\0",
    "%",
    "_",
    "*",
    "?",
    "[a-z]",
    "{",
    "}",
    "\\",
    "${x}",
    "/",
    " ",
    ":",
    "\u{7f}",
    "é\u{1F980}\u{10FFFF}",
];

/// Shows that quotes, wildcards, control characters and bytes that are no UTF-8 are stored literally, in
/// keys and in values.
pub async fn special_bytes_are_literal<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let store = &trial.store;
    let mut ids: Vec<Vec<u8>> = SPECIAL
        .iter()
        .map(|special| special.as_bytes().to_vec())
        .collect();
    ids.extend((0..=255).map(|byte| vec![byte, b'x', byte]));
    ids.extend([
        vec![0xC3, 0x28],
        vec![0xFF, 0xFE, 0xFD],
        vec![0xED, 0xA0, 0x80],
    ]);
    for id in &ids {
        let key = Parcel { id: id.clone() };
        store.put(&key, &Blob(id.clone())).await.unwrap();
    }
    for id in &ids {
        let key = Parcel { id: id.clone() };
        assert_eq!(
            store.get(&key).await.unwrap(),
            Some(Blob(id.clone())),
            "the key {key}"
        );
    }
    let mut scanned: Vec<_> = store
        .scan::<Parcel>()
        .collect()
        .await
        .unwrap()
        .into_iter()
        .map(|(key, value)| {
            assert_eq!(key.id, value.0);
            key.id
        })
        .collect();
    scanned.sort();
    ids.sort();
    assert_eq!(scanned, ids);

    for special in SPECIAL {
        store
            .put(&label(special, special), &text(special))
            .await
            .unwrap();
    }
    for special in SPECIAL {
        let found = store
            .range(Label::prefix().tenant(special))
            .collect()
            .await
            .unwrap();
        assert_eq!(found, [(label(special, special), text(special))]);
    }
    for (at, id) in ids.iter().enumerate() {
        assert!(store.delete(&Parcel { id: id.clone() }).await.unwrap());
        let left = store.scan::<Parcel>().count().await.unwrap();
        assert_eq!(
            left,
            (ids.len() - at - 1) as u64,
            "deleting one key deletes one"
        );
        if at == 40 {
            break;
        }
    }
}

/// Shows that a prefix is bytes and never a pattern: what a wildcard would match stays untouched.
pub async fn a_prefix_is_never_a_pattern<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let store = &trial.store;
    let patterns = [
        "*", "%", "_", "?", "[a]", "[^b]", "{a,b}", "\\", ".*", "^", "a*", "a%", "a_", "a?", "a[",
        "a\\",
    ];
    for name in patterns.iter().copied().chain(["a", "ab", "b", "xyz"]) {
        store.put(&label("t", name), &text(name)).await.unwrap();
        for tenant in ["t*", "t%", "t_", "t?", "tt"] {
            store.put(&label(tenant, name), &text(name)).await.unwrap();
        }
    }
    let count = patterns.len() as u64 + 4;
    for tenant in ["t", "t*", "t%", "t_", "t?"] {
        let found = store
            .range(Label::prefix().tenant(tenant))
            .count()
            .await
            .unwrap();
        assert_eq!(found, count, "the labels of tenant {tenant:?}");
    }
    for pattern in patterns {
        let range = || Label::prefix().tenant("t").name_starts_with(pattern);
        let found = store.range(range()).collect().await.unwrap();
        assert_eq!(
            found,
            [(label("t", pattern), text(pattern))],
            "the prefix {pattern:?}"
        );
        assert_eq!(store.range(range()).count().await.unwrap(), 1);
        assert_eq!(store.range(range()).clear().await.unwrap(), 1);
    }
    let left = store
        .range(Label::prefix().tenant("t"))
        .collect()
        .await
        .unwrap();
    assert_eq!(
        left,
        ["a", "ab", "b", "xyz"].map(|name| (label("t", name), text(name)))
    );
    for tenant in ["t*", "t%", "t_", "t?", "tt"] {
        let found = store
            .range(Label::prefix().tenant(tenant))
            .count()
            .await
            .unwrap();
        assert_eq!(found, count, "the labels of tenant {tenant:?}");
    }
}

/// Shows that two key types under equal field values, in namespaces of which one begins as the other,
/// never see each other.
pub async fn key_types_never_mix<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let store = &trial.store;
    for id in 0..10 {
        store
            .put(&Single { id }, &text(format!("single {id}")))
            .await
            .unwrap();
        store
            .put(&Twin { id }, &text(format!("twin {id}")))
            .await
            .unwrap();
    }
    for id in 0..10 {
        assert_eq!(
            store.get(&Single { id }).await.unwrap(),
            Some(text(format!("single {id}")))
        );
        assert_eq!(
            store.get(&Twin { id }).await.unwrap(),
            Some(text(format!("twin {id}")))
        );
    }
    let mut singles = store.scan::<Single>().collect().await.unwrap();
    singles.sort();
    let expected: Vec<_> = (0..10)
        .map(|id| (Single { id }, text(format!("single {id}"))))
        .collect();
    assert_eq!(singles, expected);
    assert!(store.delete(&Single { id: 3 }).await.unwrap());
    assert!(store.contains(&Twin { id: 3 }).await.unwrap());
    assert_eq!(store.scan::<Single>().clear().await.unwrap(), 9);
    assert_eq!(store.scan::<Single>().count().await.unwrap(), 0);
    assert_eq!(store.scan::<Twin>().count().await.unwrap(), 10);
}

/// Shows that keys whose fields begin alike ("1" and "11", `[0]` and `[0, 0]`) are different keys, in reads,
/// ranges, prefixes and deletes.
pub async fn keys_that_begin_alike_never_mix<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let store = &trial.store;
    let ids: [&[u8]; 12] = [
        b"",
        b"1",
        b"11",
        b"a",
        b"aa",
        b"aaa",
        &[0],
        &[0, 0],
        &[0, 1],
        &[0, 255],
        &[255],
        &[255, 255],
    ];
    let parcels: Vec<_> = ids.iter().map(|id| Parcel { id: id.to_vec() }).collect();
    for parcel in &parcels {
        store.put(parcel, &Blob(parcel.id.clone())).await.unwrap();
    }
    for (at, parcel) in parcels.iter().enumerate() {
        for (other_at, other) in parcels.iter().enumerate() {
            let expected = (other_at >= at).then(|| Blob(other.id.clone()));
            assert_eq!(
                store.get(other).await.unwrap(),
                expected,
                "after {at} deletes"
            );
        }
        assert!(store.delete(parcel).await.unwrap());
    }

    let names = ["", "1", "11", "a", "a\0", "a\0\0", "a\0b", "aa", "b"];
    for tenant in names {
        for name in names {
            store
                .put(&label(tenant, name), &text(format!("{tenant}/{name}")))
                .await
                .unwrap();
            store
                .put(&item(tenant, name, 1), &text("an item"))
                .await
                .unwrap();
        }
    }
    for tenant in names {
        let all = store
            .range(Label::prefix().tenant(tenant))
            .collect()
            .await
            .unwrap();
        let expected: Vec<_> = names
            .iter()
            .map(|name| (label(tenant, name), text(format!("{tenant}/{name}"))))
            .collect();
        assert_eq!(all, expected, "the labels of tenant {tenant:?}");
        for name in names {
            let shelf = store
                .range(Item::prefix().tenant(tenant).shelf(name))
                .collect()
                .await
                .unwrap();
            assert_eq!(shelf, [(item(tenant, name, 1), text("an item"))]);
        }
    }
    let cleared = store
        .range(Label::prefix().tenant("a"))
        .clear()
        .await
        .unwrap();
    assert_eq!(cleared, 9);
    for tenant in names {
        let left = store
            .range(Label::prefix().tenant(tenant))
            .count()
            .await
            .unwrap();
        assert_eq!(
            left,
            if tenant == "a" { 0 } else { 9 },
            "the labels of tenant {tenant:?}"
        );
        let items = store
            .range(Item::prefix().tenant(tenant))
            .count()
            .await
            .unwrap();
        assert_eq!(items, 9, "the items of tenant {tenant:?}");
    }
}
