use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::backend::{
    Backend as _, Commit, Condition, Context, Cursor, Direction, Effect, Entry, Expiry, Key,
    KeyBytes, Mutation, Outcome, Projection, Range, Revision, Scan, Scope, Snapshot, Ttl, Write,
    WriteBatch, encode_counter,
};
use crate::clock::{ManualClock, Timestamp};
use crate::error::ErrorKind;

type State = BTreeMap<Vec<u8>, (Bytes, Revision, Option<Timestamp>)>;

fn key(name: &str) -> Key {
    let mut bytes = b"test\0".to_vec();
    bytes.extend_from_slice(name.as_bytes());
    Key::new(bytes.as_slice(), 5).unwrap()
}

fn manual() -> (Memory, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::default());
    let memory = Memory::builder()
        .clock(Arc::clone(&clock))
        .sweep_every(None)
        .build();
    (memory, clock)
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(future)
}

fn commit(revision: u64, mutations: impl IntoIterator<Item = Mutation>) -> Commit {
    let mut commit = Commit::new(Revision::from_bits(revision), Scope::Store);
    for mutation in mutations {
        commit.apply(mutation).unwrap();
    }
    commit
}

fn put(name: &str, value: &[u8], expiry: Expiry) -> Mutation {
    Mutation::Put {
        key: key(name),
        value: Bytes::copy_from_slice(value),
        expiry,
    }
}

fn add(name: &str, delta: i64) -> Mutation {
    Mutation::Add {
        key: key(name),
        delta,
        expiry: Expiry::Never,
    }
}

fn millis(millis: i64) -> Expiry {
    Expiry::After(Ttl::from_millis(millis).unwrap())
}

async fn get(memory: &Memory, name: &str) -> Option<Entry> {
    let mut entries = memory.get(&Context::new(), &[key(name)]).await.unwrap();
    entries.pop().unwrap()
}

async fn drain(snapshot: &mut Snapshot) -> Vec<(Key, Entry)> {
    let mut all = Vec::new();
    loop {
        let items = snapshot.next(NonZeroUsize::new(2).unwrap()).await.unwrap();
        if items.is_empty() {
            return all;
        }
        all.extend(items.into_iter().map(|item| (item.key, item.entry)));
    }
}

/// What all live entries are, straight from the map.
fn state(memory: &Memory, now: Timestamp) -> State {
    let map = memory.0.read();
    map.entries
        .iter()
        .filter(|(_, stored)| stored.expires.is_none_or(|at| now < at))
        .map(|(key, stored)| {
            let version = (stored.value.clone(), stored.revision, stored.expires);
            (key.as_bytes().to_vec(), version)
        })
        .collect()
}

#[derive(Debug, Clone)]
enum Step {
    Commit(Vec<Mutation>),
    Write(Vec<Write>),
    Advance(u8),
    Sweep(u64),
    Open,
    /// Ends one of the open snapshots.
    Close(prop::sample::Index),
    /// Reads one of the open snapshots to its end.
    Drain(prop::sample::Index),
}

fn any_key() -> impl Strategy<Value = Key> {
    "[a-f]".prop_map(|name| key(&name))
}

fn any_expiry() -> impl Strategy<Value = Expiry> {
    prop_oneof![
        Just(Expiry::Never),
        Just(Expiry::Keep),
        (1..20i64).prop_map(millis),
        Just(Expiry::After(Ttl::MAX)),
    ]
}

fn any_mutation() -> impl Strategy<Value = Mutation> {
    let value = prop_oneof![
        (0..3i64).prop_map(|n| Bytes::copy_from_slice(&encode_counter(n))),
        Just(Bytes::from_static(b"value")),
    ];
    prop_oneof![
        3 => (any_key(), value, any_expiry()).prop_map(|(key, value, expiry)| Mutation::Put { key, value, expiry }),
        1 => any_key().prop_map(|key| Mutation::Delete { key }),
        1 => (any_key(), any_expiry()).prop_map(|(key, expiry)| Mutation::Touch { key, expiry }),
        1 => (any_key(), any_expiry()).prop_map(|(key, expiry)| Mutation::Add { key, delta: 1, expiry }),
    ]
}

fn any_write() -> impl Strategy<Value = Write> {
    prop_oneof![
        (any_key(), any_expiry()).prop_map(|(key, expiry)| Write::Put {
            key,
            value: Bytes::from_static(b"written"),
            expiry
        }),
        any_key().prop_map(|key| Write::Delete { key }),
    ]
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => prop::collection::vec(any_mutation(), 1..4).prop_map(Step::Commit),
        2 => prop::collection::vec(any_write(), 1..4).prop_map(Step::Write),
        2 => (0..12u8).prop_map(Step::Advance),
        1 => (0..4u64).prop_map(Step::Sweep),
        2 => Just(Step::Open),
        2 => any::<prop::sample::Index>().prop_map(Step::Close),
        1 => any::<prop::sample::Index>().prop_map(Step::Drain),
    ]
}

/// The index holds exactly the entries that expire; the history exactly what open snapshots see.
fn check_internals(memory: &Memory) {
    let map = memory.0.read();
    let indexed: Vec<_> = map.expiries.iter().cloned().collect();
    let mut expected: Vec<_> = map
        .entries
        .iter()
        .filter_map(|(key, stored)| Some((stored.expires?, key.clone())))
        .collect();
    expected.sort();
    assert_eq!(indexed, expected, "the index of expiries");
    map.history.check();
}

proptest! {
    #[test]
    fn snapshots_stand_still_and_nothing_leaks(steps in prop::collection::vec(any_step(), 1..60)) {
        wait(async {
            let (memory, clock) = manual();
            let cx = Context::new();
            let mut open: Vec<(Snapshot, State)> = Vec::new();
            let mut revision = 0;
            for step in steps {
                revision += 1;
                match step {
                    Step::Commit(mutations) => {
                        // A refused addition is an outcome like any other here.
                        let _ = memory.commit(&cx, commit(revision, mutations)).await;
                    }
                    Step::Write(writes) => {
                        let batch = WriteBatch { revision: Revision::from_bits(revision), writes };
                        memory.write(&cx, batch).await.unwrap();
                    }
                    Step::Advance(by) => clock.advance(Duration::from_millis(by.into())),
                    Step::Sweep(limit) => {
                        let swept = memory.sweep(limit);
                        assert!(swept <= limit);
                    }
                    Step::Open => {
                        let snapshot = memory.snapshot(&cx, None).await.unwrap();
                        let state = state(&memory, snapshot.taken_at());
                        open.push((snapshot, state));
                    }
                    Step::Close(index) if !open.is_empty() => {
                        open.swap_remove(index.index(open.len()));
                    }
                    Step::Drain(index) if !open.is_empty() => {
                        let index = index.index(open.len());
                        let (mut snapshot, expected) = open.swap_remove(index);
                        let taken_at = snapshot.taken_at();
                        let seen: State = drain(&mut snapshot)
                            .await
                            .into_iter()
                            .map(|(key, entry)| {
                                let expires = entry.ttl.map(|ttl| taken_at.saturating_add(ttl.as_millis()));
                                (key.as_bytes().to_vec(), (entry.value, entry.revision, expires))
                            })
                            .collect();
                        assert_eq!(seen, expected, "what the snapshot sees");
                    }
                    Step::Close(_) | Step::Drain(_) => {}
                }
                check_internals(&memory);
            }
            open.clear();
            check_internals(&memory);
            assert!(memory.0.read().history.is_empty(), "versions outlive the last snapshot");
            clock.advance(Duration::from_millis(20));
            memory.sweep(u64::MAX);
            let map = memory.0.read();
            assert!(map.expiries.iter().all(|(at, _)| *at == Timestamp::MAX), "swept all that expired");
        });
    }
}

#[test]
fn a_large_history_is_freed_in_steps() {
    wait(async {
        let (memory, _) = manual();
        let names: Vec<String> = (0..1000).map(|n| format!("{n:04}")).collect();
        let all = |revision, value: &'static [u8]| {
            commit(
                revision,
                names
                    .iter()
                    .map(move |name| put(name, value, Expiry::Never)),
            )
        };
        let cx = Context::new();
        let _ = memory.commit(&cx, all(1, b"old")).await.unwrap();
        let early = memory.snapshot(&cx, None).await.unwrap();
        let mut late = memory.snapshot(&cx, None).await.unwrap();
        for name in &names {
            let one = commit(2, [put(name, b"new", Expiry::Never)]);
            let _ = memory.commit(&cx, one).await.unwrap();
        }
        drop(early);
        check_internals(&memory);
        let seen = drain(&mut late).await;
        assert_eq!(seen.len(), 1000);
        assert!(seen.iter().all(|(_, entry)| entry.value == "old"));
        drop(late);
        assert!(memory.0.read().history.is_empty());
    });
}

#[test]
fn a_snapshot_does_not_see_keys_born_and_gone_later() {
    wait(async {
        let (memory, _) = manual();
        let cx = Context::new();
        let mut snapshot = memory.snapshot(&cx, None).await.unwrap();
        for n in 0..600 {
            let born = commit(1, [put(&format!("{n}"), b"v", Expiry::Never)]);
            let _ = memory.commit(&cx, born).await.unwrap();
        }
        assert_eq!(drain(&mut snapshot).await, []);
        let gone = commit(2, [Mutation::Delete { key: key("7") }]);
        let _ = memory.commit(&cx, gone).await.unwrap();
        assert!(memory.0.read().history.is_empty());
    });
}

#[test]
fn an_addition_past_the_range_undoes_what_stood_before_it_in_the_commit() {
    wait(async {
        let (memory, _) = manual();
        let cx = Context::new();
        let _ = memory.commit(&cx, commit(1, [add("n", 1)])).await.unwrap();
        let before = state(&memory, Timestamp::from_millis(0));
        let max = encode_counter(i64::MAX);
        for (kind, mutations) in [
            (ErrorKind::Overflow, vec![add("n", 1), add("n", i64::MAX)]),
            (
                ErrorKind::Overflow,
                vec![put("n", &max, Expiry::Never), add("n", 1)],
            ),
            (
                ErrorKind::Corrupt,
                vec![add("m", 1), put("n", b"x", Expiry::Never), add("n", 1)],
            ),
        ] {
            let error = memory.commit(&cx, commit(2, mutations)).await.unwrap_err();
            assert_eq!(error.kind(), kind);
            assert!(error.key().is_some_and(|key| key.starts_with("test/n")));
            assert_eq!(state(&memory, Timestamp::from_millis(0)), before);
        }
        let chain = [
            put("n", &max, Expiry::Never),
            add("n", i64::MIN),
            Mutation::Delete { key: key("n") },
            add("n", 5),
            add("n", 6),
        ];
        let Outcome::Applied(effects) = memory.commit(&cx, commit(3, chain)).await.unwrap() else {
            panic!("no condition was set");
        };
        let expected = [
            Effect::Put,
            Effect::Added(-1),
            Effect::Deleted(true),
            Effect::Added(5),
            Effect::Added(11),
        ];
        assert_eq!(effects.as_slice(), expected);
    });
}

#[test]
fn the_longest_ttl_saturates_and_the_shortest_ends() {
    wait(async {
        let (memory, clock) = manual();
        let cx = Context::new();
        let both = [
            put("max", b"", millis(i64::MAX)),
            put("min", b"", millis(1)),
        ];
        let _ = memory.commit(&cx, commit(1, both)).await.unwrap();
        let min = get(&memory, "min").await.unwrap();
        assert_eq!(min.ttl, Some(Ttl::MIN));
        clock.advance(Duration::from_millis(1));
        assert_eq!(get(&memory, "min").await, None);
        let left = get(&memory, "max").await.unwrap().ttl.unwrap();
        assert!(left.as_millis() > i64::MAX / 2);
        assert_eq!(memory.sweep(u64::MAX), 1);
    });
}

fn range(start: &str, end: &str, cursor: Option<&[u8]>) -> Range {
    Range {
        start: KeyBytes::from(start.as_bytes()),
        end: KeyBytes::from(end.as_bytes()),
        partition_end: None,
        direction: Direction::Forward,
        projection: Projection::Entries,
        limit: NonZeroUsize::new(10).unwrap(),
        cursor: cursor.map(|bytes| Cursor::from_bytes(Bytes::copy_from_slice(bytes))),
    }
}

#[test]
fn reversed_and_empty_ranges_are_empty_and_foreign_cursors_refused() {
    wait(async {
        let (memory, _) = manual();
        let cx = Context::new();
        let _ = memory
            .commit(&cx, commit(1, [put("a", b"", Expiry::Never)]))
            .await
            .unwrap();
        for (start, end) in [("test\0b", "test\0a"), ("test\0a", "test\0a")] {
            let page = memory.range(&cx, range(start, end, None)).await.unwrap();
            assert!(page.items.is_empty() && page.next.is_none());
        }
        for cursor in [&b""[..], b"test\0", b"test\0c", b"\xff\xff"] {
            let asked = range("test\0a", "test\0c", Some(cursor));
            let error = memory.range(&cx, asked).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
        }
        // The very last key of the range as a cursor leaves nothing, and does not panic.
        let mut last = range("test\0a", "test\0b", Some(b"test\0a"));
        assert!(
            memory
                .range(&cx, last.clone())
                .await
                .unwrap()
                .items
                .is_empty()
        );
        last.direction = Direction::Reverse;
        assert!(memory.range(&cx, last).await.unwrap().items.is_empty());
        for namespace in [String::new(), "a\0b".to_owned(), "n".repeat(65)] {
            let scan = Scan {
                namespace: namespace.clone(),
                projection: Projection::Keys,
                limit: NonZeroUsize::MIN,
                cursor: None,
            };
            let error = memory.scan(&cx, scan).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            let error = memory.snapshot(&cx, Some(namespace)).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
        }
    });
}

#[test]
fn a_passed_deadline_applies_nothing() {
    wait(async {
        let (memory, _) = manual();
        let passed = crate::backend::Deadline::after(Duration::ZERO).unwrap();
        let cx = Context::new().with_deadline(passed);
        let mut absent = commit(1, [put("a", b"", Expiry::Never)]);
        absent.require(Condition::Absent(key("a"))).unwrap();
        let error = memory.commit(&cx, absent).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout);
        let writes = vec![Write::Put {
            key: key("a"),
            value: Bytes::new(),
            expiry: Expiry::Never,
        }];
        let batch = WriteBatch {
            revision: Revision::from_bits(1),
            writes,
        };
        let error = memory.write(&cx, batch).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout);
        assert_eq!(get(&memory, "a").await, None);
    });
}

#[tokio::test(start_paused = true)]
async fn the_background_sweeper_frees_and_ends_with_the_last_clone() {
    let clock = Arc::new(ManualClock::default());
    let memory = Memory::builder()
        .clock(Arc::clone(&clock))
        .sweep_every(Some(Duration::from_secs(1)))
        .build();
    let cx = Context::new();
    for n in 0..1000 {
        let one = commit(1, [put(&format!("{n}"), b"", millis(1))]);
        let _ = memory.commit(&cx, one).await.unwrap();
    }
    clock.advance(Duration::from_millis(1));
    // The runtime's own time is paused and jumps.
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert!(memory.0.read().entries.is_empty());
    let shared = Arc::downgrade(&memory.0);
    let other = memory.clone();
    drop(memory);
    assert!(shared.upgrade().is_some());
    drop(other);
    assert!(shared.upgrade().is_none());
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(
        tokio::runtime::Handle::current()
            .metrics()
            .num_alive_tasks(),
        0
    );
}
