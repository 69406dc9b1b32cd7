//! Windows in checkpoints that are taken while a stream is applied without pause: each goes on from the positions that it has, and ends
//! in the answer of a run in which nothing happened.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use typed_state::backend::Backend;
use typed_state::backends::Memory;
use typed_state::checkpoint::target::Objects;
use typed_state::checkpoint::{Checkpoints, Coverage};
use typed_state::testing::{Fixture as _, Harness, MemoryHarness};
use typed_state::window::{Batch, Emission, Session, WindowTotals, Windows};
use typed_state::{Store, Timestamp};
use typed_state_tests::postgres::{PostgresHarness, PostgresMode};
use typed_state_tests::redis::{RedisHarness, RedisMode};
use typed_state_tests::{EmbeddedHarness, Inputs, Numbers};

const SHARDS: u32 = 3;
const POSITIONS: u64 = 3_000;
/// How many positions are applied at once.
const AT_ONCE: usize = 10;
/// Later than anything in the stream.
const LAST: Timestamp = Timestamp::from_millis(1 << 40);

type Out = BTreeMap<(u32, u64), Emission<u8, Numbers>>;

pub(crate) async fn open<B: Backend>(store: &Store<B>) -> Windows<B, u8, Inputs, Session> {
    let gap = Session::with_gap(Duration::from_millis(12)).unwrap();
    let windows = store.windows("sessions", gap);
    let shards = NonZeroU32::new(SHARDS).unwrap();
    windows.shards(shards).open().await.unwrap()
}

/// Ten positions have a millisecond in common; keys come and go.
pub(crate) fn batch(positions: Range<u64>) -> Batch<u8, u64> {
    let mut batch = Batch::of("stream");
    for position in positions {
        let time = i64::try_from(position / 10).unwrap();
        let key = u8::try_from(position * 7_919 / 160 % 11).unwrap();
        let at = Timestamp::from_millis;
        batch.input(position, key, at(time), position).unwrap();
        if position % 20 == 19 {
            batch.watermark(position, at(time - 5)).unwrap();
        }
    }
    batch
}

/// Applies what is left, closes everything, and reads what came out and was not acknowledged.
pub(crate) async fn finish<B: Backend>(store: &Store<B>) -> (Out, WindowTotals) {
    let windows = open(store).await;
    let position = windows.position("stream").await.unwrap();
    let next = position.map_or(0, |position| position + 1);
    let applied = windows.apply(batch(next..POSITIONS)).await.unwrap();
    assert!(applied.late.is_empty());
    windows.advance(LAST).await.unwrap();
    let out = windows.outbox().read(usize::MAX).await.unwrap();
    let out = out
        .into_iter()
        .map(|delivery| ((delivery.shard, delivery.number), delivery.emission));
    (out.collect(), windows.totals().await.unwrap())
}

async fn every_checkpoint_goes_on<H: Harness>(harness: H) {
    let (expected, totals) = finish(&Store::new(Memory::new())).await;
    let fixture = harness.fresh().await.unwrap();
    let store = Store::new(Arc::clone(fixture.backend()));
    let applying = Arc::new(AtomicBool::new(true));

    let applier = tokio::spawn({
        let (windows, applying) = (open(&store).await, Arc::clone(&applying));
        async move {
            for from in (0..POSITIONS).step_by(AT_ONCE) {
                drop(
                    windows
                        .apply(batch(from..from + AT_ONCE as u64))
                        .await
                        .unwrap(),
                );
            }
            applying.store(false, Ordering::SeqCst);
        }
    });
    let consumer = tokio::spawn({
        let (windows, applying) = (open(&store).await, Arc::clone(&applying));
        async move {
            let outbox = windows.outbox();
            while applying.load(Ordering::SeqCst) {
                let deliveries = outbox.read(7).await.unwrap();
                outbox.acknowledge(&deliveries).await.unwrap();
                tokio::time::sleep(Duration::from_millis(3)).await;
            }
        }
    });

    let checkpoints = Checkpoints::new(Objects::memory()).chunk_size(4 << 10);
    let mut taken = Vec::new();
    while applying.load(Ordering::SeqCst) {
        taken.push(checkpoints.create(&store).await.unwrap());
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    applier.await.unwrap();
    consumer.await.unwrap();

    let mut amidst = 0;
    for manifest in &taken {
        let id = &manifest.id;
        let (copy, again) = (Store::new(Memory::new()), Store::new(Memory::new()));
        checkpoints.restore(&copy, id).await.unwrap();
        checkpoints.restore(&again, id).await.unwrap();
        let before = open(&again).await.totals().await.unwrap();
        amidst += u64::from(before.events > 0 && before.events < totals.events);
        let (out, found) = finish(&copy).await;
        assert_eq!(found, totals, "{id}");
        for shard in 0..SHARDS {
            let of = |out: &Out| -> Out {
                let out = out.range((shard, 0)..(shard + 1, 0));
                out.map(|(place, emission)| (*place, emission.clone()))
                    .collect()
            };
            let (out, mut expected) = (of(&out), of(&expected));
            // What is not there was acknowledged.
            let first = out.keys().next().map_or((shard, u64::MAX), |place| *place);
            expected.retain(|place, _| *place >= first);
            assert_eq!(out, expected, "{id}");
        }
    }
    assert!(
        amidst >= 3,
        "{amidst} of {} checkpoints were taken amidst",
        taken.len()
    );
    let fuzzy = store.capabilities().snapshot == typed_state::backend::Consistency::Fuzzy;
    let coverage = if fuzzy {
        Coverage::PerShard
    } else {
        Coverage::PointInTime
    };
    assert!(taken.iter().all(|manifest| manifest.coverage == coverage));
    assert!(taken.iter().all(|manifest| manifest.in_order != fuzzy));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_memory() {
    every_checkpoint_goes_on(MemoryHarness).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_disk() {
    every_checkpoint_goes_on(EmbeddedHarness::default()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_redis() {
    every_checkpoint_goes_on(RedisHarness(RedisMode::Standalone)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_cluster() {
    every_checkpoint_goes_on(RedisHarness(RedisMode::Cluster)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgres() {
    every_checkpoint_goes_on(PostgresHarness(PostgresMode::Direct)).await;
}
