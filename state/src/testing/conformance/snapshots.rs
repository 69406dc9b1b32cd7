//! Snapshots: what they hold while writers go on.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::fixtures::{Item, Label, Single, Tally, item, label, tally, text};
use super::support::{Trial, key_of, size, ttl};
use crate::backend::{Backend as _, Consistency, Context, Key, Snapshot};
use crate::testing::Harness;
use crate::{Counter, Ttl};

async fn drain(snapshot: &mut Snapshot, limit: usize) -> Vec<crate::backend::Item> {
    let mut items = Vec::new();
    for page in 0.. {
        let found = snapshot.next(size(limit)).await.unwrap();
        assert!(
            found.len() <= limit,
            "{} items where {limit} is the limit",
            found.len()
        );
        if found.is_empty() {
            return items;
        }
        items.extend(found);
        assert!(page < 100_000, "the snapshot does not end");
    }
    items
}

/// Shows that a snapshot holds every entry once, with value, revision and time to live, by any page size,
/// and goes on answering none at its end.
pub async fn a_snapshot_holds_every_entry_once<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let store = &trial.store;
    let mut expected = BTreeSet::new();
    for id in 0_u32..40 {
        store
            .put(&Single { id: id.into() }, &text(id.to_string()))
            .await
            .unwrap();
        store
            .put(&item(&id.to_string(), "s", 1), &text("item"))
            .await
            .unwrap();
        store
            .counter(&tally("t", id))
            .unwrap()
            .add(1)
            .await
            .unwrap();
        expected.insert(key_of(&Single { id: id.into() }));
        expected.insert(key_of(&item(&id.to_string(), "s", 1)));
        expected.insert(key_of(&tally("t", id)));
    }
    store
        .with_expiry(Ttl::MAX)
        .put(&label("t", "x"), &text("expiring"))
        .await
        .unwrap();
    expected.insert(key_of(&label("t", "x")));
    for limit in [1, 7, 121, 1_000] {
        let mut snapshot = store
            .backend()
            .snapshot(&Context::new(), None)
            .await
            .unwrap();
        assert_eq!(snapshot.consistency(), store.capabilities().snapshot);
        let items = drain(&mut snapshot, limit).await;
        assert_eq!(items.len(), expected.len(), "by {limit}");
        for item in &items {
            let read = trial.get_raw(&item.key).await.expect("it is there");
            assert_eq!(item.entry.value, read.value, "{}", item.key);
            assert_eq!(item.entry.revision, read.revision, "{}", item.key);
            assert_eq!(item.entry.ttl.is_some(), read.ttl.is_some(), "{}", item.key);
        }
        let found: BTreeSet<Key> = items.into_iter().map(|item| item.key).collect();
        assert_eq!(found, expected, "by {limit}");
        assert!(snapshot.next(size(1)).await.unwrap().is_empty());
    }
}

/// Shows that a snapshot of one namespace holds that namespace, and one of an empty store nothing.
pub async fn a_snapshot_of_a_namespace_holds_it_alone<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let store = &trial.store;
    let mut empty = store
        .backend()
        .snapshot(&Context::new(), None)
        .await
        .unwrap();
    assert!(drain(&mut empty, 10).await.is_empty());
    for id in 0..10 {
        store.put(&Single { id }, &text("single")).await.unwrap();
        store
            .put(&super::fixtures::Twin { id }, &text("twin"))
            .await
            .unwrap();
        store
            .put(&label("t", &id.to_string()), &text("label"))
            .await
            .unwrap();
    }
    let mut singles = store
        .snapshot::<Single>()
        .await
        .unwrap()
        .collect()
        .await
        .unwrap();
    singles.sort();
    let expected: Vec<_> = (0..10).map(|id| (Single { id }, text("single"))).collect();
    assert_eq!(singles, expected);
    assert!(
        store
            .snapshot::<Tally>()
            .await
            .unwrap()
            .collect()
            .await
            .unwrap()
            .is_empty()
    );
}

/// Shows that a snapshot does not change by what is written, deleted, touched and swept after it was taken,
/// where the backend promises a point in time; elsewhere, that it holds what nobody touched.
pub async fn later_writes_are_not_in_a_snapshot<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let store = &trial.store;
    let point_in_time = store.capabilities().snapshot == Consistency::PointInTime;
    let mut model = BTreeMap::new();
    for id in 0..60 {
        let key = item("t", "s", id);
        let store = if id % 5 == 4 {
            store.with_expiry(ttl(2_000))
        } else {
            store.clone()
        };
        store.put(&key, &text(id.to_string())).await.unwrap();
        model.insert(
            key_of(&key),
            trial.get_raw(&key_of(&key)).await.expect("it was put"),
        );
    }
    store.put(&tally("t", 1), &Counter(1)).await.unwrap();
    let counter = key_of(&tally("t", 1));
    model.insert(
        counter.clone(),
        trial.get_raw(&counter).await.expect("it was put"),
    );

    let mut snapshot = store
        .backend()
        .snapshot(&Context::new(), None)
        .await
        .unwrap();
    let mut items = snapshot.next(size(7)).await.unwrap();
    for id in 0..60 {
        match id % 5 {
            0 => drop(
                store
                    .put(&item("t", "s", id), &text("overwritten"))
                    .await
                    .unwrap(),
            ),
            1 => assert!(store.delete(&item("t", "s", id)).await.unwrap()),
            2 => assert!(
                store
                    .touch(&item("t", "s", id), ttl(600_000))
                    .await
                    .unwrap()
            ),
            _ => {}
        }
        store
            .put(&item("t", "new", id), &text("new"))
            .await
            .unwrap();
    }
    store.counter(&tally("t", 1)).unwrap().add(1).await.unwrap();
    trial.pass(2_000).await;
    trial.sweep().await;
    items.extend(drain(&mut snapshot, 7).await);

    let count = items.len();
    let found: BTreeMap<_, _> = items
        .into_iter()
        .map(|item| (item.key, item.entry))
        .collect();
    assert_eq!(found.len(), count, "a key came twice");
    if point_in_time {
        assert!(
            found.keys().eq(model.keys()),
            "the snapshot holds other keys than stood there"
        );
        for (key, entry) in &found {
            assert_eq!(entry.value, model[key].value, "{key}");
            assert_eq!(entry.revision, model[key].revision, "{key}");
            assert_eq!(entry.ttl.is_some(), model[key].ttl.is_some(), "{key}");
            assert!(entry.ttl <= model[key].ttl, "{key}");
        }
    } else {
        for id in (0..60).filter(|id| id % 5 == 3) {
            let key = key_of(&item("t", "s", id));
            assert_eq!(found.get(&key), model.get(&key), "{key}");
        }
    }
    assert_eq!(
        store
            .range(Item::prefix().tenant("t").shelf("new"))
            .count()
            .await
            .unwrap(),
        60
    );
}

/// Shows that every snapshot taken while writers keep pairs equal holds them equal, where the backend
/// promises a point in time; and that a snapshot never stops the writers.
pub async fn snapshots_hold_whole_commits<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let point_in_time = trial.store.capabilities().snapshot == Consistency::PointInTime;
    let writing = Arc::new(AtomicBool::new(true));
    let writers: Vec<_> = (0..2)
        .map(|writer| {
            let (store, writing) = (trial.store.clone(), Arc::clone(&writing));
            tokio::spawn(async move {
                for round in 0_u64.. {
                    if !writing.load(Ordering::SeqCst) {
                        return;
                    }
                    let tenant = format!("{writer}-{}", round % 5);
                    let mut tx = store.transaction();
                    for name in ["a", "z"] {
                        tx.put(&label(&tenant, name), &text(round.to_string()))
                            .unwrap();
                    }
                    tx.commit().await.unwrap();
                    tokio::task::yield_now().await;
                }
            })
        })
        .collect();
    for round in 0..trial.scaled(30) {
        let open = trial.store.snapshot::<Label>().await.unwrap();
        // The writers go on while it is open.
        trial
            .store
            .put(&label("own", "x"), &text(round.to_string()))
            .await
            .unwrap();
        let held: BTreeMap<_, _> = open.collect().await.unwrap().into_iter().collect();
        if !point_in_time {
            continue;
        }
        for (key, value) in held.iter().filter(|(key, _)| key.tenant != "own") {
            let other = if key.name == "a" { "z" } else { "a" };
            let other = held.get(&label(&key.tenant, other));
            assert_eq!(
                other,
                Some(value),
                "a snapshot holds half a commit of {key}"
            );
        }
        let own = held.get(&label("own", "x")).map(|value| value.0.clone());
        assert_eq!(own, round.checked_sub(1).map(|before| before.to_string()));
    }
    writing.store(false, Ordering::SeqCst);
    for writer in writers {
        writer.await.unwrap();
    }
}

/// Shows that two snapshots are independent, that one dropped half-way harms nobody, and that each holds
/// what stood when it was taken.
pub async fn snapshots_are_independent<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let store = &trial.store;
    for id in 0..20 {
        store.put(&Single { id }, &text("first")).await.unwrap();
    }
    let mut first = store.snapshot::<Single>().await.unwrap();
    let began = first.next(size(3)).await.unwrap();
    for id in 0..20 {
        store.put(&Single { id }, &text("second")).await.unwrap();
    }
    let second = store.snapshot::<Single>().await.unwrap();
    let mut dropped = store.snapshot::<Single>().await.unwrap();
    assert!(!dropped.next(size(1)).await.unwrap().is_empty());
    drop(dropped);
    store.scan::<Single>().clear().await.unwrap();
    let mut firsts = first.collect().await.unwrap();
    firsts.extend(began);
    let seconds = second.collect().await.unwrap();
    if store.capabilities().snapshot == Consistency::PointInTime {
        assert_eq!(firsts.len(), 20);
        assert!(firsts.iter().all(|(_, value)| *value == text("first")));
        assert_eq!(seconds.len(), 20);
        assert!(seconds.iter().all(|(_, value)| *value == text("second")));
    }
    assert_eq!(store.scan::<Single>().count().await.unwrap(), 0);
}

/// Shows that a snapshot tells what entries had left when it was taken, however slowly it is read: two that are read at
/// different times agree on the moment at which an entry expires.
pub async fn a_snapshot_that_is_read_slowly_tells_the_same_expiry<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let store = &trial.store;
    for id in 0..30 {
        let store = store.with_expiry(ttl(600_000 + id * 1_000));
        store
            .put(&item("t", "s", id), &text("first"))
            .await
            .unwrap();
    }
    let moments = async |slowly: bool| {
        let cx = Context::new();
        let mut snapshot = store.backend().snapshot(&cx, None).await.unwrap();
        let mut moments = BTreeMap::new();
        for page in 0.. {
            if slowly && page < 3 {
                trial.pass(100).await;
            }
            let items = snapshot.next(size(7)).await.unwrap();
            if items.is_empty() {
                break;
            }
            let taken_at = snapshot.taken_at().as_millis();
            moments.extend(items.into_iter().map(|item| {
                let ttl = item.entry.ttl.expect("it expires");
                (item.key, taken_at + ttl.as_millis())
            }));
        }
        moments
    };
    let at_once = moments(false).await;
    trial.pass(50).await;
    let slowly = moments(true).await;
    assert_eq!(at_once.len(), 30);
    assert!(at_once.keys().eq(slowly.keys()));
    // Two servers of one store may disagree on the time a little, and clocks are put right.
    let off = if trial.clock_is_manual() { 0 } else { 5 };
    for (key, moment) in &at_once {
        let other = slowly[key];
        assert!(
            moment.abs_diff(other) <= off,
            "{key} expires at {moment}, and in a snapshot that was read slowly at {other}"
        );
    }
}
