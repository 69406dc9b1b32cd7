//! Sweeping: what has expired goes, and nothing else.

use super::fixtures::{Item, Label, Tally, item, label, tally, text};
use super::support::{Trial, ttl};
use crate::Store;
use crate::backend::Backend;
use crate::testing::Harness;

/// Shows that the sweeper removes what has expired, and leaves alone what was written again, touched,
/// persisted or recreated meanwhile.
pub async fn the_sweeper_removes_the_expired_alone<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let store = &trial.store;
    let expiring = store.with_expiry(ttl(1_000));
    let names = [
        "rewritten",
        "touched",
        "persisted",
        "recreated",
        "updated",
        "batched",
        "expired",
        "expired too",
    ];
    for name in names {
        expiring.put(&label("t", name), &text("old")).await.unwrap();
    }
    expiring
        .counter(&tally("t", 1))
        .unwrap()
        .add(1)
        .await
        .unwrap();
    store
        .put(&label("t", "eternal"), &text("old"))
        .await
        .unwrap();

    write_again(store).await;
    trial.pass(1_000).await;

    let alive = [
        ("batched", "new"),
        ("eternal", "old"),
        ("persisted", "old"),
        ("recreated", "new"),
        ("rewritten", "new"),
        ("touched", "old"),
        ("updated", "new"),
    ]
    .map(|(name, value)| (label("t", name), text(value)));
    // Where time passes by itself, the store may have swept by itself, too.
    let swept = trial.sweep().await;
    let due = if trial.clock_is_manual() {
        3..=3
    } else {
        0..=3
    };
    assert!(
        due.contains(&swept),
        "{swept} entries were swept of 3 that had expired"
    );
    assert_eq!(trial.sweep().await, 0, "nothing is left to sweep");
    for sweep in 2..4 {
        let found = store
            .range(Label::prefix().tenant("t"))
            .collect()
            .await
            .unwrap();
        assert_eq!(found, alive, "after {sweep} sweeps");
        assert_eq!(
            store
                .range(Tally::prefix().tenant("t"))
                .count()
                .await
                .unwrap(),
            0
        );
        for name in ["expired", "expired too"] {
            assert_eq!(store.get(&label("t", name)).await.unwrap(), None);
        }
        trial.sweep().await;
    }
    store
        .put(&label("t", "expired"), &text("back"))
        .await
        .unwrap();
    trial.sweep().await;
    assert_eq!(
        store.get(&label("t", "expired")).await.unwrap(),
        Some(text("back"))
    );
}

/// Gives each of the labels a longer life, in a way of its own.
async fn write_again<B: Backend>(store: &Store<B>) {
    store
        .put(&label("t", "rewritten"), &text("new"))
        .await
        .unwrap();
    store
        .touch(&label("t", "touched"), ttl(600_000))
        .await
        .unwrap();
    store.persist(&label("t", "persisted")).await.unwrap();
    store.delete(&label("t", "recreated")).await.unwrap();
    store
        .insert(&label("t", "recreated"), &text("new"))
        .await
        .unwrap();
    store
        .update(&label("t", "updated"), |_| Some(text("new")))
        .await
        .unwrap();
    store
        .put_many([(&label("t", "batched"), &text("new"))])
        .await
        .unwrap();
}

/// Shows that two sweepers at once, with writers beside them, do no harm: what was written stays, what
/// expired is gone.
pub async fn two_sweepers_do_no_harm<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let count = i64::from(trial.scaled(300));
    let keys: Vec<_> = (0..count).map(|id| item("t", "s", id)).collect();
    let values: Vec<_> = (0..count).map(|id| text(id.to_string())).collect();
    let expiring = trial.store.with_expiry(ttl(500));
    expiring.put_many(keys.iter().zip(&values)).await.unwrap();
    trial
        .store
        .put(&label("t", "eternal"), &text("x"))
        .await
        .unwrap();
    trial.pass(500).await;
    let writer: Store<_> = trial.store.clone();
    let writing = {
        let (keys, values) = (keys.clone(), values.clone());
        tokio::spawn(async move {
            for (key, value) in keys.iter().zip(&values).filter(|(key, _)| key.id % 3 == 0) {
                writer.put(key, value).await.unwrap();
            }
        })
    };
    trial.sweep_twice_at_once().await;
    writing.await.unwrap();
    trial.sweep_twice_at_once().await;
    let found = trial
        .store
        .range(Item::prefix().tenant("t"))
        .keys()
        .collect()
        .await
        .unwrap();
    let expected: Vec<_> = keys.into_iter().filter(|key| key.id % 3 == 0).collect();
    assert_eq!(found, expected);
    assert!(trial.store.contains(&label("t", "eternal")).await.unwrap());
}
