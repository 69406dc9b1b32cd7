//! Pages of ranges while others write: no key that lives throughout is skipped, none comes twice.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::fixtures::{Item, item, text};
use super::support::{Trial, key_of, size};
use crate::backend::{Backend as _, Context, Direction, KeyBytes, Page, Projection, Range};
use crate::key::KeyWriter;
use crate::testing::Harness;
use crate::{Store, Ttl};

/// Shows that a key deleted just behind, just at and just before the cursor, and keys inserted on both sides
/// of it, make pages neither skip nor repeat.
pub async fn changes_at_the_cursor_do_no_harm<H: Harness>(harness: &H) {
    for reverse in [false, true] {
        for page_size in [1, 2, 3] {
            let trial = Trial::new(harness).await;
            let store = &trial.store;
            let stable: Vec<_> = (0..30).map(|id| item("t", "s", id * 10)).collect();
            let value = text("x");
            let puts = stable.iter().map(|key| (key, &value));
            store.put_many(puts).await.unwrap();
            let query = || {
                let query = store
                    .range(Item::prefix().tenant("t"))
                    .page_size(size(page_size));
                if reverse { query.reverse() } else { query }
            };
            let mut seen = Vec::new();
            let mut deleted = Vec::new();
            let mut next = None;
            for page in 0.. {
                let (entries, cursor) = query().page(next).await.unwrap();
                assert!(
                    entries.len() <= page_size,
                    "a page of at most {page_size} entries"
                );
                seen.extend(entries.into_iter().map(|(key, _)| key.id));
                let Some(cursor) = cursor else { break };
                next = Some(cursor);
                let at = *seen.last().expect("a page before the last holds entries");
                let ahead = if reverse { -10 } else { 10 };
                // What the cursor stands on, and one to come, go; others come on both sides.
                for gone in [at, at + ahead * 2].into_iter().filter(|_| page % 3 == 0) {
                    if store.delete(&item("t", "s", gone)).await.unwrap() {
                        deleted.push(gone);
                    }
                }
                let new = [at - 1, at + 1].map(|id| item("t", "s", id));
                let new = new.iter().filter(|_| at % 10 == 0);
                let puts = new.map(|key| (key, &value));
                store.put_many(puts).await.unwrap();
                assert!(page < 200, "the pages do not end");
            }
            let in_order = seen.is_sorted_by(|a, b| if reverse { a > b } else { a < b });
            assert!(
                in_order,
                "pages of {page_size} repeat a key or break the order: {seen:?}"
            );
            for id in (0..30).map(|id| id * 10).filter(|id| !deleted.contains(id)) {
                assert!(
                    seen.contains(&id),
                    "pages of {page_size} skip {id}: {seen:?}"
                );
            }
            assert!(seen.len() <= 30 + 60, "{seen:?}");
        }
    }
}

/// Shows that pages under a storm of inserts and deletes from other tasks hold every key that lives
/// throughout, once, in order; forward and reverse.
pub async fn pages_under_concurrent_writes_skip_and_repeat_nothing<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let stable: Vec<i64> = (0..100).map(|id| id * 4).collect();
    for &id in &stable {
        trial
            .store
            .put(&item("t", "s", id), &text("stable"))
            .await
            .unwrap();
    }
    let writing = Arc::new(AtomicBool::new(true));
    let writers: Vec<_> = (1..4)
        .map(|offset| tokio::spawn(churn(trial.store.clone(), offset, Arc::clone(&writing))))
        .collect();
    for round in 0..trial.scaled(40) {
        let reverse = round % 2 == 1;
        let query = trial
            .store
            .range(Item::prefix().tenant("t"))
            .page_size(size(1 + round as usize % 13));
        let query = if reverse { query.reverse() } else { query };
        let seen: Vec<i64> = query
            .collect()
            .await
            .unwrap()
            .into_iter()
            .map(|(key, _)| key.id)
            .collect();
        let in_order = seen.is_sorted_by(|a, b| if reverse { a > b } else { a < b });
        assert!(
            in_order,
            "round {round} repeats a key or breaks the order: {seen:?}"
        );
        let kept = seen.iter().filter(|id| *id % 4 == 0).count();
        assert_eq!(
            kept,
            stable.len(),
            "round {round} skips a key that lives throughout"
        );
    }
    writing.store(false, Ordering::SeqCst);
    for writer in writers {
        writer.await.unwrap();
    }
}

async fn churn<B: crate::backend::Backend>(store: Store<B>, offset: i64, go_on: Arc<AtomicBool>) {
    let expiring = store.with_expiry(Ttl::MAX);
    let mut round = 0;
    while go_on.load(Ordering::SeqCst) {
        let id = (round * 37 % 100) * 4 + offset;
        match round % 4 {
            0 => drop(
                store
                    .put(&item("t", "s", id), &text("churn"))
                    .await
                    .unwrap(),
            ),
            1 => drop(
                expiring
                    .put(&item("t", "s", id), &text("churn"))
                    .await
                    .unwrap(),
            ),
            2 => drop(store.delete(&item("t", "s", id - 296)).await.unwrap()),
            _ => drop(store.delete(&item("t", "s", id)).await.unwrap()),
        }
        round += 1;
        tokio::task::yield_now().await;
    }
}

/// Shows what a backend's pages must be: never longer than asked, whole entries or bare keys, in the order
/// of the key bytes, with a cursor while there is more and none at the end.
pub async fn a_page_is_what_was_asked_for<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    for id in 0..20 {
        trial
            .store
            .put(&item("t", "s", id), &text(id.to_string()))
            .await
            .unwrap();
    }
    for direction in [Direction::Forward, Direction::Reverse] {
        for limit in [1, 3, 20, 21] {
            let entries = walk(&trial, direction, Projection::Entries, limit).await;
            let keys = walk(&trial, direction, Projection::Keys, limit).await;
            let mut expected: Vec<_> = (0..20).map(|id| key_of(&item("t", "s", id))).collect();
            if direction == Direction::Reverse {
                expected.reverse();
            }
            for items in [&entries, &keys] {
                let found: Vec<_> = items.iter().map(|item| item.key.clone()).collect();
                assert_eq!(found, expected, "{direction:?} by {limit}");
                for item in items {
                    let partition = key_of(&super::fixtures::item("t", "s", 0));
                    assert_eq!(item.key.partition(), partition.partition());
                }
            }
            assert!(keys.iter().all(|item| item.entry.value.is_empty()));
            for item in entries {
                let read = trial.get_raw(&item.key).await.expect("it was put");
                assert_eq!(item.entry, read, "{direction:?} by {limit}");
            }
        }
    }
}

async fn walk<H: Harness>(
    trial: &Trial<H>,
    direction: Direction,
    projection: Projection,
    limit: usize,
) -> Vec<crate::backend::Item> {
    let mut writer = KeyWriter::for_namespace("conformance.item");
    writer.write_escaped(b"t");
    writer.end_partition();
    let start = writer.as_bytes().to_vec();
    let mut end = start.clone();
    end.push(0xFF);
    let mut items = Vec::new();
    let mut cursor = None;
    for page in 0.. {
        let range = Range {
            start: KeyBytes::from(&start[..]),
            end: KeyBytes::from(&end[..]),
            partition_end: Some(start.len()),
            direction,
            projection,
            limit: NonZeroUsize::new(limit).expect("not zero"),
            cursor,
        };
        let Page { items: found, next } = trial
            .store
            .backend()
            .range(&Context::new(), range)
            .await
            .unwrap();
        assert!(
            found.len() <= limit,
            "{} items where {limit} is the limit",
            found.len()
        );
        items.extend(found);
        cursor = next;
        if cursor.is_none() {
            return items;
        }
        assert!(page < 100, "the pages do not end");
    }
    items
}
