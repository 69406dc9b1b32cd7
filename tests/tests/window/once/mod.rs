//! Exactly once, on every backend: whatever fails, is cancelled, dies or comes twice, windows and what comes out of them are those
//! of a run in which nothing happens, number by number; and nothing is left behind.
//!
//! Processes that are killed are in `flights.rs`.

mod consumer;
mod hostile;
mod quiet;
mod seen;
mod stream;

use std::sync::Arc;
use std::time::Duration;

use rand::SeedableRng as _;
use rand::rngs::StdRng;
use typed_state::layer::{FaultKind, FaultLayer, Layer as _};
use typed_state::testing::{Fixture as _, Harness, MemoryHarness};
use typed_state::window::{Hopping, Session, Sliding, Tumbling, Windowing};
use typed_state::{ErrorKind, ManualClock};
use typed_state_tests::postgres::{FaultyPostgres, FaultyWay};
use typed_state_tests::redis::{FaultyRedis, RedisMode};
use typed_state_tests::{EmbeddedHarness, Inputs, Layered, rounds, seed};

use self::hostile::{Hostile, patient};
use self::quiet::quiet;
use self::seen::{SHARDS, entries};
use self::stream::Stream;

/// When everything that follows the clock on the wall is due.
const LATER: Duration = Duration::from_hours(1);

/// How many clients of a store there are beside the first.
const OTHERS: usize = 2;

/// What is kept for ever, and how much of it.
const KEPT: [(&str, usize); 3] = [
    ("~windows", 1),
    ("~shard", SHARDS as usize),
    ("~acknowledged", SHARDS as usize),
];

async fn is_exactly_once<H: Harness>(harness: H, windowing: impl Windowing<Inputs>, seed: u64) {
    let mut random = StdRng::seed_from_u64(seed);
    let stream = Stream::draw(
        if harness.slowness().get() > 1 {
            300
        } else {
            600
        },
        &mut random,
    );
    let expected = quiet(windowing.clone(), &stream).await;

    let fixture = harness.fresh().await.unwrap();
    let mut clients = vec![Arc::clone(fixture.backend())];
    for _ in 0..OTHERS {
        clients.push(fixture.connect().await.unwrap());
    }
    let hostile = Hostile {
        clients: &clients,
        windowing,
        stream: &stream,
        clock: Arc::new(ManualClock::default()),
        random,
    };
    let found = hostile.run().await;
    assert_eq!(found.open, expected.open, "open windows, seed {seed}");
    assert_eq!(found.out, expected.out, "what came out, seed {seed}");
    assert_eq!(found, expected, "totals, seed {seed}");

    let backend = fixture.backend();
    for namespace in ["~pane", "~timer", "~alarm", "~outbox"] {
        let left = patient(|| entries(backend, namespace)).await;
        assert_eq!(left, 0, "{namespace}, seed {seed}");
    }
    for (namespace, most) in KEPT {
        let kept = patient(|| entries(backend, namespace)).await;
        assert!(kept <= most, "{namespace} has {kept}, seed {seed}");
    }
}

/// Each kind of windows, from seed to seed.
async fn every_kind<H: Harness>(harness: impl Fn(u64) -> H, usual: u64) {
    const MILLI: Duration = Duration::from_millis(1);
    let first = seed();
    for seed in first..first + rounds(usual) {
        let tumbling = Tumbling::of(30 * MILLI).unwrap();
        let hopping = Hopping::of(30 * MILLI, 10 * MILLI).unwrap();
        let session = Session::with_gap(12 * MILLI).unwrap();
        let sliding = Sliding::of(20 * MILLI).unwrap();
        match seed % 4 {
            0 => is_exactly_once(harness(seed), tumbling, seed).await,
            1 => is_exactly_once(harness(seed), hopping, seed).await,
            2 => is_exactly_once(harness(seed), session, seed).await,
            _ => is_exactly_once(harness(seed), sliding, seed).await,
        }
    }
}

/// A store in this process, whose calls are slow, fail, lose their answers or happen later.
fn failing(inner: impl Harness, seed: u64) -> impl Harness {
    Layered::new(inner, move |backend| {
        FaultLayer::new(seed)
            .inject_everywhere(FaultKind::Delay(Duration::from_millis(2)), 0.3)
            .inject_everywhere(FaultKind::Refuse(ErrorKind::Unavailable), 0.05)
            .inject_everywhere(FaultKind::LoseAnswer, 0.1)
            .inject_everywhere(FaultKind::Ghost(Duration::from_millis(10)), 0.1)
            .over(backend)
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_memory() {
    every_kind(|seed| failing(MemoryHarness, seed), 4).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_disk() {
    every_kind(|seed| failing(EmbeddedHarness::default(), seed), 4).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_redis() {
    every_kind(|seed| FaultyRedis::new(RedisMode::Standalone, seed), 2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_cluster() {
    every_kind(|seed| FaultyRedis::new(RedisMode::Cluster, seed), 2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgres() {
    every_kind(|seed| FaultyPostgres::new(FaultyWay::Prepared, seed), 2).await;
}
