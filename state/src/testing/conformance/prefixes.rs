//! Prefixes: exactly the keys that begin so.

use super::fixtures::{Item, Label, Tally, Text, item, label, tally, text};
use super::support::Trial;
use crate::Counter;
use crate::testing::Harness;

/// Shows that a prefix of one, two and all fields holds exactly the keys that begin so.
pub async fn a_prefix_holds_exactly_its_keys<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let store = &trial.store;
    let names = ["", "\0", "a", "a\0", "ab", "b", "\u{10FFFF}"];
    let mut all = Vec::new();
    for tenant in names {
        for shelf in names {
            for id in [-1, 0, 1] {
                all.push((
                    item(tenant, shelf, id),
                    text(format!("{tenant:?} {shelf:?} {id}")),
                ));
            }
        }
    }
    store
        .put_many(all.iter().map(|(key, value)| (key, value)))
        .await
        .unwrap();
    all.sort();
    let expected = |keep: &dyn Fn(&Item) -> bool| -> Vec<(Item, Text)> {
        all.iter().filter(|(key, _)| keep(key)).cloned().collect()
    };
    for tenant in names {
        let found = store
            .range(Item::prefix().tenant(tenant))
            .collect()
            .await
            .unwrap();
        assert_eq!(found, expected(&|key| key.tenant == tenant), "{tenant:?}");
        for shelf in names {
            let prefix = || Item::prefix().tenant(tenant).shelf(shelf);
            let found = store.range(prefix()).collect().await.unwrap();
            let is_there = |key: &Item| key.tenant == tenant && key.shelf == shelf;
            assert_eq!(found, expected(&is_there), "{tenant:?} {shelf:?}");
            let found = store.range(prefix().id(0)).collect().await.unwrap();
            assert_eq!(
                found,
                expected(&|key| is_there(key) && key.id == 0),
                "{tenant:?} {shelf:?} 0"
            );
        }
    }
    let mut scanned = store.scan::<Item>().collect().await.unwrap();
    scanned.sort();
    assert_eq!(scanned, all, "a prefix of no field is the whole type");
}

/// Shows that a string prefix holds exactly the keys whose last field begins so, in bytes.
pub async fn a_string_prefix_holds_what_begins_so<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let store = &trial.store;
    let names = [
        "",
        "\0",
        "\0\0",
        "a",
        "a\0",
        "a\0b",
        "a\u{1}",
        "aa",
        "ab",
        "abc",
        "abd",
        "ac",
        "b",
        "é",
        "\u{FF}",
        "\u{10FFFF}",
    ];
    for name in names {
        store.put(&label("t", name), &text(name)).await.unwrap();
        store
            .put(&label("ta", name), &text("elsewhere"))
            .await
            .unwrap();
    }
    for start in names {
        let found = store
            .range(Label::prefix().tenant("t").name_starts_with(start))
            .keys()
            .collect()
            .await
            .unwrap();
        let mut expected: Vec<_> = names
            .iter()
            .filter(|name| name.starts_with(start))
            .map(|name| label("t", name))
            .collect();
        expected.sort();
        assert_eq!(found, expected, "names that begin with {start:?}");
    }
}

/// Shows that count and clear by prefix, string prefix and range touch nothing else: not the neighbours in
/// order, nor other types of the partition.
pub async fn clearing_a_prefix_touches_nothing_else<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let store = &trial.store;
    for tenant in ["s", "t", "t\0", "ta", "u"] {
        for shelf in ["a", "b", "b\0", "ba", "c"] {
            for id in -2..=2 {
                store
                    .put(&item(tenant, shelf, id), &text("x"))
                    .await
                    .unwrap();
            }
        }
        for name in ["a", "b", "ba", "bb", "c"] {
            store.put(&label(tenant, name), &text("x")).await.unwrap();
        }
        store.put(&tally(tenant, 1), &Counter(1)).await.unwrap();
    }
    let mut items = store.scan::<Item>().count().await.unwrap();
    let mut labels = store.scan::<Label>().count().await.unwrap();
    assert_eq!((items, labels), (125, 25));

    let shelf = || Item::prefix().tenant("t").shelf("b");
    assert_eq!(
        store.range(shelf().id_range(-1..=1)).clear().await.unwrap(),
        3
    );
    let left = store.range(shelf()).keys().collect().await.unwrap();
    assert_eq!(left, [item("t", "b", -2), item("t", "b", 2)]);
    assert_eq!(store.range(shelf()).clear().await.unwrap(), 2);
    assert_eq!(store.range(shelf()).clear().await.unwrap(), 0);
    items -= 5;
    assert_eq!(store.scan::<Item>().count().await.unwrap(), items);
    assert_eq!(
        store
            .range(Item::prefix().tenant("t"))
            .clear()
            .await
            .unwrap(),
        20
    );
    items -= 20;
    assert_eq!(store.scan::<Item>().count().await.unwrap(), items);
    assert_eq!(store.scan::<Label>().count().await.unwrap(), labels);

    let starts = Label::prefix().tenant("t").name_starts_with("b");
    assert_eq!(store.range(starts).clear().await.unwrap(), 3);
    labels -= 3;
    let left = store
        .range(Label::prefix().tenant("t"))
        .keys()
        .collect()
        .await
        .unwrap();
    assert_eq!(left, [label("t", "a"), label("t", "c")]);
    assert_eq!(store.scan::<Label>().count().await.unwrap(), labels);
    for tenant in ["s", "t\0", "ta", "u"] {
        assert_eq!(
            store
                .range(Item::prefix().tenant(tenant))
                .count()
                .await
                .unwrap(),
            25,
            "{tenant:?}"
        );
        assert_eq!(
            store
                .range(Label::prefix().tenant(tenant))
                .count()
                .await
                .unwrap(),
            5,
            "{tenant:?}"
        );
    }
    assert_eq!(store.scan::<Tally>().count().await.unwrap(), 5);
}
