//! Shards that are large, and changed while they are read by somebody who does not wait.

use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::Arc;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use typed_state::backend::{Backend, Context, Expiry, Key, Projection, Scan, Write, WriteBatch};
use typed_state::backends::Memory;
use typed_state::checkpoint::Checkpoints;
use typed_state::checkpoint::target::Objects;
use typed_state::primitive::Aggregate;
use typed_state::testing::{Fixture as _, Harness as _};
use typed_state::window::{Batch, Tumbling, Windows};
use typed_state::{Revision, Store, Timestamp};
use typed_state_tests::redis::{RedisHarness, RedisMode};

const KEYS: u64 = 40;
/// How often the shard is changed while it is read.
const DISTURBANCES: u64 = 3;

/// Keeps the last input.
struct Last;

impl Aggregate for Last {
    type Input = String;
    type Accumulator = String;
    type Output = String;

    fn empty() -> String {
        String::new()
    }

    fn add(last: &mut String, input: &String) {
        last.clone_from(input);
    }

    fn output(last: &String) -> String {
        last.clone()
    }
}

async fn open<B: Backend>(store: &Store<B>) -> Windows<B, u64, Last, Tumbling> {
    let minutes = Tumbling::of(Duration::from_mins(1)).unwrap();
    let windows = store.windows("large", minutes);
    windows.shards(NonZeroU32::MIN).open().await.unwrap()
}

/// A text that compression does not make much shorter.
fn noise(seed: u64, bytes: usize) -> String {
    let mut random = StdRng::seed_from_u64(seed);
    let digits = (0..bytes).map(|_| char::from(random.random_range(b'a'..=b'z')));
    digits.collect()
}

/// The entry of a shard: the only one of its namespace.
async fn only<B: Backend>(backend: &B, namespace: &str) -> Option<(Key, bytes::Bytes)> {
    let scan = Scan {
        namespace: namespace.to_owned(),
        projection: Projection::Entries,
        limit: NonZeroUsize::new(10_000).unwrap(),
        cursor: None,
    };
    let page = backend.scan(&Context::new(), scan).await.unwrap();
    let item = page.items.into_iter().next()?;
    Some((item.key, item.entry.value))
}

/// Puts the progress again, as any commit does, while the shard is held.
async fn disturb<B: Backend>(backend: Arc<B>) {
    let mut revision = 0;
    while revision < DISTURBANCES {
        tokio::time::sleep(Duration::from_millis(1)).await;
        if only(&backend, "~hold").await.is_none() {
            continue;
        }
        revision += 1;
        let (key, value) = only(&backend, "~shard").await.unwrap();
        let batch = WriteBatch {
            revision: Revision::from_bits(revision),
            writes: vec![Write::Put {
                key,
                value,
                expiry: Expiry::Never,
            }],
        };
        backend.write(&Context::new(), batch).await.unwrap();
        // Until the shard is read again, or given up.
        while only(&backend, "~hold").await.is_some() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

async fn is_read_again(bytes: usize) {
    let harness = RedisHarness(RedisMode::Standalone);
    let fixture = harness.fresh().await.unwrap();
    let store = Store::new(Arc::clone(fixture.backend()));
    let windows = open(&store).await;
    for key in 0..KEYS {
        let mut batch = Batch::of("stream");
        let text = noise(key, bytes);
        let at = Timestamp::from_millis(1);
        batch.input(key, key, at, text).unwrap();
        drop(windows.apply(batch).await.unwrap());
    }
    let expected = windows.between(..).await.unwrap();
    assert_eq!(expected.len() as u64, KEYS);

    let checkpoints = Checkpoints::new(Objects::memory()).chunk_size(256 << 10);
    let disturbance = tokio::spawn(disturb(Arc::clone(fixture.backend())));
    let mut manifest = checkpoints.create(&store).await.unwrap();
    while !disturbance.is_finished() {
        manifest = checkpoints.create(&store).await.unwrap();
    }
    disturbance.await.unwrap();
    // Of each key a pane and a timer, of the shard its progress, of all the definition.
    assert_eq!(manifest.entries, 2 * KEYS + 2);
    checkpoints.verify(&manifest.id).await.unwrap();
    let copy = Store::new(Memory::new());
    checkpoints.restore(&copy, &manifest.id).await.unwrap();
    assert_eq!(open(&copy).await.between(..).await.unwrap(), expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_small_shard_that_is_disturbed_is_read_again() {
    is_read_again(10).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_shard_that_is_disturbed_is_forgotten_and_read_again() {
    is_read_again(400_000).await;
}
