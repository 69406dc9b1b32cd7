//! Reads of an embedded store are never stale, whatever its cache keeps, pushes out, and is filling.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use typed_state::backend::{
    Backend as _, Commit, Context, Direction, Entry, Expiry, Key, KeyBytes, Mutation, Outcome,
    Projection, Range, Revision, Scope,
};
use typed_state::backends::{Durability, Embedded};
use typed_state_tests::seed;

const KEYS: u64 = 5;
const GENERATIONS: u64 = 200;

fn key(number: u64) -> Key {
    let bytes = [b"cache\0", number.to_be_bytes().as_slice()].concat();
    Key::new(bytes.as_slice(), 6).unwrap()
}

/// A key goes through its generations one after the other; in every fifth it is absent. The sizes are such that
/// some are too large for the cache and some push out others.
fn value_of(generation: u64) -> Option<Vec<u8>> {
    let size = [8, 100, 2_000, 40_000][usize::try_from(generation % 4).unwrap()];
    let mut value = vec![0; size];
    value[..8].copy_from_slice(&generation.to_be_bytes());
    (generation % 5 != 4).then_some(value)
}

/// What is known of a key: the latest generation that anybody has seen or got acknowledged, and the latest
/// that was sent.
#[derive(Default)]
struct Known {
    seen: AtomicU64,
    sent: AtomicU64,
}

impl Known {
    /// Checks what a read gave that began when `seen` was known; afterwards everybody knows it.
    fn check(&self, seen: u64, entry: Option<&Entry>) {
        let Some(entry) = entry else {
            let sent = self.sent.load(Ordering::SeqCst);
            assert!(
                (seen..=sent).any(|generation| value_of(generation).is_none()),
                "nothing was read after {seen} was known, and {sent} was the last sent"
            );
            return;
        };
        let generation = u64::from_be_bytes(entry.value[..8].try_into().unwrap());
        let sent = self.sent.load(Ordering::SeqCst);
        assert!(
            (seen..=sent).contains(&generation),
            "generation {generation} was read after {seen} was known, and {sent} was the last sent"
        );
        assert_eq!(entry.value.to_vec(), value_of(generation).unwrap());
        assert_eq!(entry.revision, Revision::from_bits(generation));
        self.seen.fetch_max(generation, Ordering::SeqCst);
    }
}

async fn write_generations(store: Embedded, key_number: u64, known: Arc<Vec<Known>>) {
    let known = &known[usize::try_from(key_number).unwrap()];
    for generation in 1..=GENERATIONS {
        let revision = Revision::from_bits(generation);
        let mut commit = Commit::new(revision, Scope::Partition);
        let key = key(key_number);
        let mutation = match value_of(generation) {
            Some(value) => Mutation::Put {
                key,
                value: value.into(),
                expiry: Expiry::Never,
            },
            None => Mutation::Delete { key },
        };
        commit.apply(mutation).unwrap();
        known.sent.store(generation, Ordering::SeqCst);
        let outcome = store.commit(&Context::new(), commit).await.unwrap();
        assert!(matches!(outcome, Outcome::Applied(_)));
        known.seen.fetch_max(generation, Ordering::SeqCst);
    }
}

async fn read(store: &Embedded, known: &[Known], random: &mut StdRng) {
    let seen = |number: u64| {
        known[usize::try_from(number).unwrap()]
            .seen
            .load(Ordering::SeqCst)
    };
    let check = |number: u64, seen: u64, entry: Option<&Entry>| {
        known[usize::try_from(number).unwrap()].check(seen, entry);
    };
    let all: Vec<u64> = (0..KEYS).map(seen).collect();
    let cx = Context::new();
    match random.random_range(0..10) {
        0 => {
            let range = Range {
                start: KeyBytes::from(b"cache\0".as_slice()),
                end: KeyBytes::from(b"cache\x01".as_slice()),
                partition_end: Some(6),
                direction: Direction::Forward,
                projection: Projection::Entries,
                limit: NonZeroUsize::MAX,
                cursor: None,
            };
            let page = store.range(&cx, range).await.unwrap();
            for (number, seen) in (0..KEYS).zip(all) {
                let item = page.items.iter().find(|item| item.key == key(number));
                check(number, seen, item.map(|item| &item.entry));
            }
        }
        1 => {
            let keys: Vec<Key> = (0..KEYS).map(key).collect();
            let entries = store.get(&cx, &keys).await.unwrap();
            for ((number, seen), entry) in (0..KEYS).zip(all).zip(entries) {
                check(number, seen, entry.as_ref());
            }
        }
        2 => {
            let mut snapshot = store.snapshot(&cx, None).await.unwrap();
            let items = snapshot.next(NonZeroUsize::MAX).await.unwrap();
            for (number, seen) in (0..KEYS).zip(all) {
                let item = items.iter().find(|item| item.key == key(number));
                check(number, seen, item.map(|item| &item.entry));
            }
        }
        _ => {
            let number = random.random_range(0..KEYS);
            let seen = seen(number);
            let keys = [key(number)];
            let get = store.get(&cx, &keys);
            // Some readers leave in the middle of a read.
            let entries = match random.random_range(0..10) {
                0 => match tokio::time::timeout(Duration::from_micros(20), get).await {
                    Ok(entries) => entries.unwrap(),
                    Err(_) => return,
                },
                _ => get.await.unwrap(),
            };
            check(number, seen, entries[0].as_ref());
        }
    }
}

async fn nobody_reads_back(cache_size: usize, durability: Durability) {
    let seed = seed();
    let directory = tempfile::tempdir().unwrap();
    let store = Embedded::builder(directory.path())
        .cache_size(cache_size)
        .durability(durability)
        .open()
        .await
        .unwrap();
    let known: Arc<Vec<Known>> = Arc::new((0..KEYS).map(|_| Known::default()).collect());
    let initially_absent = |known: &Known| known.sent.load(Ordering::SeqCst) == 0;
    assert!(known.iter().all(initially_absent));
    // The readers begin once every key has its first generation.
    let mut first = Commit::new(Revision::from_bits(0), Scope::Store);
    for number in 0..KEYS {
        let put = Mutation::Put {
            key: key(number),
            value: value_of(0).unwrap().into(),
            expiry: Expiry::Never,
        };
        first.apply(put).unwrap();
    }
    let outcome = store.commit(&Context::new(), first).await.unwrap();
    assert!(matches!(outcome, Outcome::Applied(_)));
    let ended = Arc::new(AtomicBool::new(false));
    let mut readers = tokio::task::JoinSet::new();
    for reader in 0..6 {
        let (store, known) = (store.clone(), Arc::clone(&known));
        let ended = Arc::clone(&ended);
        readers.spawn(async move {
            let mut random = StdRng::seed_from_u64(seed + reader);
            while !ended.load(Ordering::SeqCst) {
                read(&store, &known, &mut random).await;
                tokio::task::yield_now().await;
            }
        });
    }
    let mut writers = tokio::task::JoinSet::new();
    for number in 0..KEYS {
        writers.spawn(write_generations(store.clone(), number, Arc::clone(&known)));
    }
    while let Some(writer) = writers.join_next().await {
        writer.unwrap();
    }
    ended.store(true, Ordering::SeqCst);
    while let Some(reader) = readers.join_next().await {
        reader.unwrap();
    }
    for number in 0..KEYS {
        let entries = store.get(&Context::new(), &[key(number)]).await.unwrap();
        let value = entries[0].as_ref().map(|entry| entry.value.to_vec());
        assert_eq!(value, value_of(GENERATIONS));
    }
    store.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nobody_reads_back_with_everything_cached() {
    nobody_reads_back(64 << 20, Durability::Synced).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nobody_reads_back_with_little_cached() {
    nobody_reads_back(6_000, Durability::Synced).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nobody_reads_back_with_nothing_cached() {
    nobody_reads_back(0, Durability::Synced).await;
}

/// Commits follow each other much faster here.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nobody_reads_back_from_a_relaxed_store() {
    let interval = Duration::from_millis(2);
    for cache_size in [6_000, 64 << 20] {
        nobody_reads_back(cache_size, Durability::Relaxed { interval }).await;
    }
}
