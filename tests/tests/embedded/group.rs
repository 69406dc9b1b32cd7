//! Commits that share one synchronisation of the disk: each is decided as if it were alone.

use std::collections::BTreeSet;
use std::future::Future as _;
use std::pin::pin;
use std::task::{Context as Poller, Waker};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::task::JoinSet;
use typed_state::backend::{
    Backend as _, Commit, Condition, Context, Deadline, Effect, Expiry, Key, Mutation, Outcome,
    Revision, Write, WriteBatch, decode_counter, encode_counter,
};
use typed_state::backends::Embedded;
use typed_state::{Error, ErrorKind};
use typed_state_tests::commit_of as commit;

fn key(name: &str) -> Key {
    let bytes = [b"group\0", name.as_bytes()].concat();
    Key::new(bytes.as_slice(), 6).unwrap()
}

fn put(name: &str, value: &[u8]) -> Mutation {
    Mutation::Put {
        key: key(name),
        value: Bytes::copy_from_slice(value),
        expiry: Expiry::Never,
    }
}

fn add(name: &str, delta: i64) -> Mutation {
    Mutation::Add {
        key: key(name),
        delta,
        expiry: Expiry::Never,
    }
}

async fn apply(store: &Embedded, commit: Commit) -> Result<Outcome, Error> {
    store.commit(&Context::new(), commit).await
}

async fn applied(store: &Embedded, commit: Commit) {
    let outcome = apply(store, commit).await.unwrap();
    assert!(matches!(outcome, Outcome::Applied(_)), "{outcome:?}");
}

async fn value(store: &Embedded, name: &str) -> Option<Vec<u8>> {
    let entries = store.get(&Context::new(), &[key(name)]).await.unwrap();
    entries[0].as_ref().map(|entry| entry.value.to_vec())
}

async fn number(store: &Embedded, name: &str) -> i64 {
    decode_counter(&value(store, name).await.unwrap()).unwrap()
}

/// A writer that is busy with a large batch, so that what is sent after it queues up.
fn keep_busy(store: &Embedded) -> JoinSet<()> {
    let mut busy = JoinSet::new();
    let store = store.clone();
    busy.spawn(async move {
        let write = |number: usize| Write::Put {
            key: key(&format!("busy {number}")),
            value: Bytes::from(vec![0; 200]),
            expiry: Expiry::Never,
        };
        let batch = WriteBatch {
            revision: Revision::from_bits(1),
            writes: (0..10_000).map(write).collect(),
        };
        store.write(&Context::new(), batch).await.unwrap();
    });
    busy
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_writer_sees_exactly_its_effects() {
    let directory = tempfile::tempdir().unwrap();
    let store = Embedded::open(directory.path()).await.unwrap();
    let mut writers = JoinSet::new();
    for writer in 0..64_i64 {
        let store = store.clone();
        writers.spawn(async move {
            let mut sums = Vec::new();
            for round in 0..20_i64 {
                let own = format!("own {writer}");
                let effects = apply(
                    &store,
                    commit(
                        1,
                        [],
                        [
                            add("shared", 1),
                            add(&own, 2),
                            put(&own, &encode_counter(round)),
                        ],
                    ),
                )
                .await;
                let Ok(Outcome::Applied(effects)) = effects else {
                    panic!("{effects:?}");
                };
                let [Effect::Added(sum), Effect::Added(own_sum), Effect::Put] = effects[..] else {
                    panic!("{effects:?}");
                };
                assert_eq!(own_sum, if round == 0 { 2 } else { round + 1 });
                assert_eq!(number(&store, &own).await, round);
                sums.push(sum);
            }
            sums
        });
    }
    let sums: Vec<i64> = writers.join_all().await.into_iter().flatten().collect();
    let different: BTreeSet<i64> = sums.iter().copied().collect();
    assert!(
        different.into_iter().eq(1..=64 * 20),
        "each sum is had once"
    );
    assert_eq!(number(&store, "shared").await, 64 * 20);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_commit_that_fails_takes_nothing_of_its_group_with_it() {
    let directory = tempfile::tempdir().unwrap();
    let store = Embedded::open(directory.path()).await.unwrap();
    let full = put("full", &encode_counter(i64::MAX));
    applied(&store, commit(7, [], [full, put("text", b"no counter")])).await;
    let mut busy = keep_busy(&store);
    let mut all = JoinSet::new();
    for number in 0..40 {
        let store = store.clone();
        all.spawn(async move {
            let name = format!("of {number}");
            let absent = Condition::Absent(key(&name));
            let fresh = put(&name, b"new");
            match number % 4 {
                0 => {
                    let done = apply(&store, commit(number, [absent], [fresh]))
                        .await
                        .unwrap();
                    assert!(matches!(done, Outcome::Applied(_)));
                }
                1 => {
                    let wrong = Condition::Revision(key("text"), Revision::from_bits(0));
                    let done = apply(&store, commit(number, [wrong], [fresh]))
                        .await
                        .unwrap();
                    let Outcome::Conflict(conflict) = done else {
                        panic!("{done:?}");
                    };
                    assert_eq!(conflict.failed[0].current, Some(Revision::from_bits(7)));
                }
                2 => {
                    // The put before it is taken back.
                    let error = apply(&store, commit(number, [], [fresh, add("full", 1)])).await;
                    assert_eq!(error.unwrap_err().kind(), ErrorKind::Overflow);
                }
                _ => {
                    let error = apply(&store, commit(number, [], [fresh, add("text", 1)])).await;
                    assert_eq!(error.unwrap_err().kind(), ErrorKind::Corrupt);
                }
            }
        });
    }
    all.join_all().await;
    busy.join_next().await.unwrap().unwrap();
    for number in 0..40 {
        let there = value(&store, &format!("of {number}")).await;
        assert_eq!(there.is_some(), number % 4 == 0, "{number}");
    }
    assert_eq!(number(&store, "full").await, i64::MAX);
}

/// What is decided against a commit of the same group is answered after it is durable, and right.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_those_who_insert_at_once_one_wins() {
    let directory = tempfile::tempdir().unwrap();
    let store = Embedded::open(directory.path()).await.unwrap();
    for round in 0..30 {
        let name = format!("round {round}");
        let mut all = JoinSet::new();
        for writer in 1..=32_u64 {
            let (store, name) = (store.clone(), name.clone());
            all.spawn(async move {
                let absent = Condition::Absent(key(&name));
                let commit = commit(writer, [absent], [put(&name, &writer.to_be_bytes())]);
                (writer, apply(&store, commit).await.unwrap())
            });
        }
        let outcomes = all.join_all().await;
        let (winners, losers): (Vec<_>, Vec<_>) = outcomes
            .into_iter()
            .partition(|(_, outcome)| matches!(outcome, Outcome::Applied(_)));
        assert_eq!(winners.len(), 1);
        let winner = winners[0].0;
        for (_, outcome) in losers {
            let Outcome::Conflict(conflict) = outcome else {
                panic!("{outcome:?}");
            };
            assert_eq!(
                conflict.failed[0].current,
                Some(Revision::from_bits(winner))
            );
        }
        assert_eq!(
            value(&store, &name).await,
            Some(winner.to_be_bytes().to_vec())
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_request_whose_deadline_passes_in_the_queue_changes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let store = Embedded::open(directory.path()).await.unwrap();
    let mut timeouts = 0;
    for round in 0..10 {
        let mut busy = keep_busy(&store);
        let mut all = JoinSet::new();
        for number in 0..50_u64 {
            let store = store.clone();
            all.spawn(async move {
                let name = format!("{round} {number}");
                let soon = Deadline::at(Instant::now() + Duration::from_micros(number * 40));
                let cx = Context::new().with_deadline(soon);
                let outcome = if number % 2 == 0 {
                    let commit = commit(1, [], [put(&name, b"x")]);
                    store.commit(&cx, commit).await.map(|_| ())
                } else {
                    let writes = vec![Write::Put {
                        key: key(&name),
                        value: Bytes::from_static(b"x"),
                        expiry: Expiry::Never,
                    }];
                    let revision = Revision::from_bits(1);
                    let batch = WriteBatch { revision, writes };
                    store.write(&cx, batch).await.map(|_| ())
                };
                (name, outcome)
            });
        }
        let outcomes = all.join_all().await;
        busy.join_next().await.unwrap().unwrap();
        // This one is served after all of them.
        applied(&store, commit(1, [], [put("last", b"x")])).await;
        for (name, outcome) in outcomes {
            let there = value(&store, &name).await.is_some();
            match outcome {
                Ok(()) => assert!(there, "{name} was acknowledged"),
                Err(error) if error.kind() == ErrorKind::Timeout => {
                    timeouts += 1;
                    assert!(!there, "{name} timed out and was applied: {error}");
                }
                Err(error) => assert_eq!(error.kind(), ErrorKind::OutcomeUnknown, "{error}"),
            }
        }
    }
    assert!(timeouts > 0, "every request was served in time");
}

/// Nobody waits for it any more, so it need not be done.
#[tokio::test]
async fn a_dropped_request_applies_wholly_or_not_at_all() {
    let directory = tempfile::tempdir().unwrap();
    let store = Embedded::open(directory.path()).await.unwrap();
    let mut dropped = 0;
    for round in 0..200 {
        let (one, two) = (format!("one {round}"), format!("two {round}"));
        {
            let mut sent = pin!(apply(
                &store,
                commit(1, [], [put(&one, b"x"), put(&two, b"x")])
            ));
            let poll = sent.as_mut().poll(&mut Poller::from_waker(Waker::noop()));
            // Where this thread was held up, the writer is done before.
            dropped += u32::from(poll.is_pending());
            if round % 2 == 0 {
                std::thread::sleep(Duration::from_micros(round));
            }
        }
        applied(&store, commit(1, [], [put("last", b"x")])).await;
        assert_eq!(value(&store, &one).await, value(&store, &two).await);
    }
    assert!(
        dropped > 100,
        "{dropped} of 200 requests were dropped under way"
    );
}

#[tokio::test]
async fn a_value_larger_than_a_gibibyte_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let store = Embedded::open(directory.path()).await.unwrap();
    let huge = Bytes::from(vec![0; (1 << 30) + 1]);
    let mutation = Mutation::Put {
        key: key("huge"),
        value: huge.clone(),
        expiry: Expiry::Never,
    };
    let error = apply(&store, commit(1, [], [put("small", b"x"), mutation]))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    assert!(error.key().unwrap().contains("huge"), "{error}");
    let writes = vec![Write::Put {
        key: key("huge"),
        value: huge,
        expiry: Expiry::Never,
    }];
    let revision = Revision::from_bits(1);
    let batch = WriteBatch { revision, writes };
    let error = store.write(&Context::new(), batch).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    assert_eq!(value(&store, "small").await, None);
}

#[tokio::test]
async fn of_the_writes_of_one_key_in_a_batch_the_last_wins() {
    let directory = tempfile::tempdir().unwrap();
    let store = Embedded::open(directory.path()).await.unwrap();
    let written = |value: &'static [u8]| Write::Put {
        key: key("a"),
        value: Bytes::from_static(value),
        expiry: Expiry::Never,
    };
    let deleted = || Write::Delete { key: key("a") };
    let revision = Revision::from_bits(9);
    let writes = vec![
        deleted(),
        written(b"1"),
        deleted(),
        deleted(),
        written(b"2"),
    ];
    let batch = WriteBatch { revision, writes };
    let done = store.write(&Context::new(), batch).await.unwrap();
    assert_eq!(done.deleted, 1);
    assert_eq!(value(&store, "a").await, Some(b"2".to_vec()));
    let writes = vec![written(b"3"), deleted()];
    let batch = WriteBatch { revision, writes };
    assert_eq!(
        store.write(&Context::new(), batch).await.unwrap().deleted,
        1
    );
    assert_eq!(value(&store, "a").await, None);
}
