//! Pages that an embedded store reads ahead are what a read at the moment of the request would give.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use tokio::runtime::Builder;
use typed_state::ManualClock;
use typed_state::backend::{
    Backend as _, Context, Cursor, Deadline, Direction, Expiry, Item, Key, KeyBytes, Projection,
    Range, Revision, Ttl, Write, WriteBatch,
};
use typed_state::backends::Embedded;
use typed_state::testing::{Fixture as _, Harness as _};
use typed_state_tests::{EmbeddedFixture, EmbeddedHarness};

fn key(number: u8) -> Key {
    Key::new([b"pages\0".as_slice(), &[number]].concat().as_slice(), 6).unwrap()
}

fn range(limit: usize, direction: Direction, cursor: Option<Cursor>) -> Range {
    Range {
        start: KeyBytes::from(b"pages\0".as_slice()),
        end: KeyBytes::from(b"pages\x01".as_slice()),
        partition_end: Some(6),
        direction,
        projection: Projection::Entries,
        limit: NonZeroUsize::new(limit).unwrap(),
        cursor,
    }
}

async fn put(store: &Embedded, number: u8, value: u64, expiry: Expiry) {
    let batch = WriteBatch {
        revision: Revision::from_bits(value),
        writes: vec![Write::Put {
            key: key(number),
            value: value.to_be_bytes().to_vec().into(),
            expiry,
        }],
    };
    store.write(&Context::new(), batch).await.unwrap();
}

/// Reads pages until one is likely to be read ahead; gives back where the next begins.
async fn two_pages(store: &Embedded, limit: usize) -> Cursor {
    let mut cursor = None;
    for _ in 0..2 {
        let range = range(limit, Direction::Forward, cursor);
        cursor = store.range(&Context::new(), range).await.unwrap().next;
        // Time for the reader ahead; nothing depends on whether it uses it.
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    cursor.unwrap()
}

async fn filled() -> EmbeddedFixture {
    let fixture = EmbeddedHarness::default().fresh().await.unwrap();
    for number in 0..100 {
        put(fixture.backend(), number, 0, Expiry::Never).await;
    }
    fixture
}

#[tokio::test]
async fn what_was_written_since_is_in_the_page() {
    let fixture = filled().await;
    let store = fixture.backend();
    let cursor = two_pages(store, 10).await;
    put(store, 25, 7, Expiry::Never).await;
    let delete = WriteBatch {
        revision: Revision::from_bits(1),
        writes: vec![Write::Delete { key: key(26) }],
    };
    store.write(&Context::new(), delete).await.unwrap();
    let request = range(10, Direction::Forward, Some(cursor));
    let page = store.range(&Context::new(), request).await.unwrap();
    let numbers: Vec<u8> = page.items.iter().map(|item| item.key.fields()[0]).collect();
    assert_eq!(numbers, [20, 21, 22, 23, 24, 25, 27, 28, 29, 30]);
    assert_eq!(page.items[5].entry.value.as_ref(), 7_u64.to_be_bytes());
}

#[tokio::test]
async fn what_expired_since_is_not_in_the_page() {
    let fixture = filled().await;
    let store = fixture.backend();
    for number in 20..25 {
        let ttl = Ttl::from_millis(i64::from(number) * 10).unwrap();
        put(store, number, 0, Expiry::After(ttl)).await;
    }
    let cursor = two_pages(store, 10).await;
    fixture.clock().advance(Duration::from_millis(225));
    let request = range(10, Direction::Forward, Some(cursor));
    let page = store.range(&Context::new(), request).await.unwrap();
    let of = |number: u8| page.items.iter().find(|item| item.key == key(number));
    assert!(of(20).is_none() && of(21).is_none() && of(22).is_none());
    let ttl = |number| of(number).unwrap().entry.ttl.map(Ttl::as_millis);
    assert_eq!((ttl(23), ttl(24), ttl(25)), (Some(5), Some(15), None));
}

/// The same cursor with another limit, direction or projection is another page.
#[tokio::test]
async fn a_page_read_ahead_answers_its_own_request_alone() {
    let fixture = filled().await;
    let store = fixture.backend();
    let cursor = two_pages(store, 10).await;
    let cx = Context::new();
    let cursor = || Some(cursor.clone());
    let page = store
        .range(&cx, range(3, Direction::Forward, cursor()))
        .await;
    assert_eq!(page.unwrap().items.len(), 3);
    let page = store
        .range(&cx, range(10, Direction::Reverse, cursor()))
        .await;
    assert_eq!(page.unwrap().items[0].key, key(18));
    let mut keys = range(10, Direction::Forward, cursor());
    keys.projection = Projection::Keys;
    let page = store.range(&cx, keys).await.unwrap();
    assert!(page.items.iter().all(|item| item.entry.value.is_empty()));
    let mut shorter = range(10, Direction::Forward, cursor());
    shorter.end = KeyBytes::from(key(22).as_bytes());
    assert_eq!(store.range(&cx, shorter).await.unwrap().items.len(), 2);
    let page = store
        .range(&cx, range(10, Direction::Forward, cursor()))
        .await;
    assert_eq!(page.unwrap().items.len(), 10);
    let past = cx.with_deadline(Deadline::at(Instant::now()));
    let late = store
        .range(&past, range(10, Direction::Forward, cursor()))
        .await;
    assert_eq!(late.unwrap_err().kind(), typed_state::ErrorKind::Timeout);
}

#[derive(Debug, Clone)]
enum Step {
    Put(u8, u64),
    PutBriefly(u8, u64),
    Delete(u8),
    Pass(u64),
    /// Goes on with one of three scans, the second of which is backwards.
    Page(usize),
    Wait,
}

fn steps() -> impl Strategy<Value = Step> {
    prop_oneof![
        1 => (0..40_u8, any::<u64>()).prop_map(|(number, value)| Step::Put(number, value)),
        1 => (0..40_u8, 1..20_u64).prop_map(|(number, ttl)| Step::PutBriefly(number, ttl)),
        1 => (0..40_u8).prop_map(Step::Delete),
        1 => (1..10_u64).prop_map(Step::Pass),
        8 => (0..3_usize).prop_map(Step::Page),
        2 => Just(Step::Wait),
    ]
}

/// Values, and when they expire.
type Model = BTreeMap<u8, (u64, Option<u64>)>;

fn expected(
    model: &Model,
    now: u64,
    direction: Direction,
    cursor: Option<u8>,
) -> Vec<(u8, u64, Option<i64>)> {
    let live = model.iter().filter_map(|(number, (value, expires))| {
        let left = expires.map(|expires| expires.checked_sub(now).filter(|left| *left > 0));
        let ttl = match left {
            None => None,
            Some(left) => Some(i64::try_from(left?).unwrap()),
        };
        Some((*number, *value, ttl))
    });
    let mut all: Vec<_> = live.collect();
    if direction == Direction::Reverse {
        all.reverse();
    }
    all.retain(|(number, ..)| match (cursor, direction) {
        (None, _) => true,
        (Some(last), Direction::Forward) => *number > last,
        (Some(last), Direction::Reverse) => *number < last,
    });
    all.truncate(3);
    all
}

fn seen(items: &[Item]) -> Vec<(u8, u64, Option<i64>)> {
    let seen = |item: &Item| {
        let value = u64::from_be_bytes(item.entry.value.as_ref().try_into().unwrap());
        (
            item.key.fields()[0],
            value,
            item.entry.ttl.map(Ttl::as_millis),
        )
    };
    items.iter().map(seen).collect()
}

async fn run(steps: &[Step]) {
    let directory = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::default());
    let store = Embedded::builder(directory.path())
        .clock(Arc::clone(&clock))
        .sweep_every(None)
        .open()
        .await
        .unwrap();
    let mut model = Model::new();
    for number in 0..40 {
        put(&store, number, 0, Expiry::Never).await;
        model.insert(number, (0, None));
    }
    let mut now = 0;
    let mut cursors: [Option<Cursor>; 3] = [None, None, None];
    for step in steps {
        match *step {
            Step::Put(number, value) => {
                put(&store, number, value, Expiry::Never).await;
                model.insert(number, (value, None));
            }
            Step::PutBriefly(number, ttl) => {
                let expiry = Ttl::from_millis(i64::try_from(ttl).unwrap()).unwrap();
                put(&store, number, 1, Expiry::After(expiry)).await;
                model.insert(number, (1, Some(now + ttl)));
            }
            Step::Delete(number) => {
                let delete = WriteBatch {
                    revision: Revision::from_bits(1),
                    writes: vec![Write::Delete { key: key(number) }],
                };
                store.write(&Context::new(), delete).await.unwrap();
                model.remove(&number);
            }
            Step::Pass(by) => {
                clock.advance(Duration::from_millis(by));
                now += by;
            }
            Step::Page(scan) => {
                let direction = [Direction::Forward, Direction::Reverse, Direction::Forward][scan];
                let cursor = cursors[scan].take();
                let last = cursor.as_ref().map(|cursor| cursor.as_bytes()[6]);
                let request = range(3, direction, cursor);
                let page = store.range(&Context::new(), request).await.unwrap();
                assert_eq!(seen(&page.items), expected(&model, now, direction, last));
                cursors[scan] = page.next;
            }
            Step::Wait => tokio::time::sleep(Duration::from_micros(300)).await,
        }
    }
    store.close().await.unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn pages_are_what_a_model_has_at_that_moment(steps in proptest::collection::vec(steps(), 1..80)) {
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(run(&steps));
    }
}
