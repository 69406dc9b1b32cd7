//! Workers share the shards of windows evenly, take over from the dead, and those that lost a shard cannot write.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use typed_state::backends::Memory;
use typed_state::primitive::Aggregate;
use typed_state::window::{Batch, Delivery, Emission, Membership, Tumbling, Windows};
use typed_state::{ErrorKind, ManualClock, Store, Timestamp};

const SHARDS: u32 = 8;
const SOURCE: &str = "log";
/// Of members and locks, by the store's clock.
const TTL: Duration = Duration::from_secs(10);

struct Count;

impl Aggregate for Count {
    type Input = ();
    type Accumulator = u64;
    type Output = u64;

    fn empty() -> u64 {
        0
    }

    fn add(count: &mut u64, (): &()) {
        *count += 1;
    }

    fn output(count: &u64) -> u64 {
        *count
    }
}

type Counts = Windows<Memory, u32, Count, Tumbling>;
type Worker = typed_state::window::Worker<Memory, u32, Count, Tumbling>;

async fn counts(store: &Store<Memory>) -> Counts {
    let minutes = Tumbling::of(Duration::from_mins(1)).unwrap();
    let counts = store.windows("counts", minutes);
    let shards = NonZeroU32::new(SHARDS).unwrap();
    counts.shards(shards).open().await.unwrap()
}

/// A store whose clock is the test's own, so that it decides what has expired there; workers go by theirs, which does not move far.
fn manual() -> (Store<Memory>, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::default());
    let memory = Memory::builder().clock(Arc::clone(&clock)).build();
    (Store::new(memory), clock)
}

async fn join(counts: &Counts, name: &str) -> Worker {
    let membership = Membership::named(name).ttl(TTL.try_into().unwrap());
    counts.join(membership).await.unwrap()
}

fn shards(worker: &Worker) -> Vec<u32> {
    worker.shards().collect()
}

fn all_shards() -> Vec<u32> {
    (0..SHARDS).collect()
}

/// As many rounds as they need, and no more than two.
async fn settle(workers: &mut [Worker]) {
    for _ in 0..2 {
        for worker in &mut *workers {
            let _ = worker.rebalance().await.unwrap();
        }
    }
    for worker in workers {
        assert!(worker.rebalance().await.unwrap().is_empty(), "{worker:?}");
    }
}

/// Every shard has one owner, and none has two more than another.
fn assert_even(workers: &[Worker]) {
    let mut all: Vec<u32> = workers.iter().flat_map(shards).collect();
    all.sort_unstable();
    assert_eq!(all, all_shards());
    let sizes = || workers.iter().map(|worker| worker.shards().count());
    assert!(
        sizes().max().unwrap() - sizes().min().unwrap() <= 1,
        "{workers:?}"
    );
}

/// The elements at these positions: an input of each of 40 keys, over and over, and a watermark each 40.
fn batch(positions: std::ops::Range<u64>) -> Batch<u32, ()> {
    let mut batch = Batch::of(SOURCE);
    for position in positions {
        let time = Timestamp::from_millis(i64::try_from(position).unwrap() * 1_000);
        let key = u32::try_from(position % 40).unwrap();
        batch.input(position, key, time, ()).unwrap();
        if position % 40 == 39 {
            batch.watermark(position, time).unwrap();
        }
    }
    batch
}

async fn apply(worker: &mut Worker, positions: std::ops::Range<u64>) {
    worker.position(SOURCE).await.unwrap();
    let applied = worker.apply(batch(positions)).await.unwrap();
    assert_eq!((applied.late, applied.lost), (vec![], vec![]));
}

async fn out(counts: &Counts) -> Vec<Delivery<u32, u64>> {
    counts.outbox().read(usize::MAX).await.unwrap()
}

/// What a single run comes to.
async fn assert_as_one(counts: &Counts, end: u64) {
    let one = self::counts(&Store::new(Memory::new())).await;
    assert!(one.apply(batch(0..end)).await.unwrap().late.is_empty());
    assert_eq!(counts.totals().await.unwrap(), one.totals().await.unwrap());
    let (many, single) = (out(counts).await, out(&one).await);
    assert!(!single.is_empty());
    assert_eq!(many, single);
}

#[tokio::test]
async fn shards_are_shared_evenly_by_any_number_of_workers() {
    let counts = counts(&Store::new(Memory::new())).await;
    let mut workers = Vec::new();
    for number in 1..=5 {
        let name = format!("worker {number}");
        workers.push(join(&counts, &name).await);
        settle(&mut workers).await;
        assert_even(&workers);
        assert_eq!(counts.members().await.unwrap().len(), number);
    }
    let owners = counts.owners().await.unwrap();
    for (shard, owner) in (0..).zip(owners) {
        let name = owner.unwrap().name;
        let worker = name.strip_prefix("worker ").unwrap();
        let worker = &workers[worker.parse::<usize>().unwrap() - 1];
        assert!(shards(worker).contains(&shard), "{name}");
    }
    while workers.len() > 1 {
        workers.remove(workers.len() / 2).leave().await.unwrap();
        settle(&mut workers).await;
        assert_even(&workers);
    }
}

#[tokio::test]
async fn of_more_workers_than_shards_some_have_none() {
    let counts = counts(&Store::new(Memory::new())).await;
    let mut workers = Vec::new();
    for number in 0..SHARDS + 2 {
        workers.push(join(&counts, &format!("{number}")).await);
    }
    settle(&mut workers).await;
    assert_even(&workers);
    let idle = workers.iter_mut().find(|worker| shards(worker).is_empty());
    let idle = idle.unwrap();
    assert_eq!(idle.position(SOURCE).await.unwrap(), None);
    let applied = idle.apply(batch(0..100)).await.unwrap();
    assert_eq!(applied.late.len() + applied.lost.len(), 0);
    assert_eq!(counts.totals().await.unwrap().events, 0);
}

#[tokio::test]
async fn two_of_one_name_are_two() {
    let counts = counts(&Store::new(Memory::new())).await;
    let mut workers = [join(&counts, "same").await, join(&counts, "same").await];
    settle(&mut workers).await;
    assert_even(&workers);
    assert_eq!(counts.members().await.unwrap(), ["same", "same"]);
}

#[tokio::test]
async fn who_leaves_hands_over_at_once_and_positions_travel() {
    let counts = counts(&Store::new(Memory::new())).await;
    let mut workers = [join(&counts, "a").await, join(&counts, "b").await];
    settle(&mut workers).await;
    let [mut a, mut b] = workers;
    apply(&mut a, 0..100).await;
    apply(&mut b, 0..250).await;

    let own = shards(&a);
    a.leave().await.unwrap();
    assert_eq!(counts.members().await.unwrap(), ["b"]);
    let changed = b.rebalance().await.unwrap();
    assert_eq!((changed.gained, changed.released), (own, vec![]));
    assert_eq!(b.position(SOURCE).await.unwrap(), Some(99));
    apply(&mut b, 100..300).await;
    assert_as_one(&counts, 300).await;
}

#[tokio::test]
async fn what_a_shard_that_was_gained_has_not_seen_cannot_be_passed_over() {
    let counts = counts(&Store::new(Memory::new())).await;
    let mut a = join(&counts, "a").await;
    let refused = a.apply(batch(0..100)).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidInput);
    assert_eq!(counts.totals().await.unwrap().events, 0);
    apply(&mut a, 0..100).await;

    let mut b = join(&counts, "b").await;
    let released = a.rebalance().await.unwrap().released;
    assert_eq!(b.position(SOURCE).await.unwrap(), None);
    assert_eq!(b.rebalance().await.unwrap().gained, released);
    let refused = b.apply(batch(200..300)).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidInput);
    assert!(refused.to_string().contains("`log`"), "{refused}");
    assert_eq!(b.position(SOURCE).await.unwrap(), Some(99));
    // Of another source it is not known.
    let other = Batch::of("other");
    assert!(b.apply(other).await.is_err());
    apply(&mut b, 0..200).await;
    apply(&mut a, 0..200).await;
    assert_as_one(&counts, 200).await;
}

#[tokio::test]
async fn the_shards_of_a_worker_that_died_are_taken_over_when_its_time_is_over() {
    let (store, clock) = manual();
    let counts = counts(&store).await;
    let mut workers = [join(&counts, "dead").await, join(&counts, "living").await];
    settle(&mut workers).await;
    let [mut dead, mut living] = workers;
    apply(&mut dead, 0..130).await;
    let own = shards(&dead);
    // As a process that is killed: nothing is released.
    std::mem::forget(dead);

    clock.advance(Duration::from_millis(9_999));
    assert!(living.rebalance().await.unwrap().is_empty());
    clock.advance(Duration::from_millis(1));
    // By the same clock its own time is over, too: nobody renews in this test.
    let changed = living.rebalance().await.unwrap();
    assert!(changed.gained.iter().all(|shard| own.contains(shard)));
    assert_eq!(changed.gained.len(), own.len());
    let applied = living.position(SOURCE).await.unwrap();
    assert_eq!(applied, None, "its own shards have applied nothing yet");
    let refused = living.apply(batch(0..300)).await.unwrap();
    assert_eq!(refused.lost.len(), SHARDS as usize - own.len());
    let _ = living.rebalance().await.unwrap();
    assert_eq!(shards(&living).len(), SHARDS as usize);
    apply(&mut living, 0..300).await;
    assert_as_one(&counts, 300).await;
}

#[tokio::test]
async fn a_worker_that_lost_its_shards_is_refused_by_the_store() {
    let (store, clock) = manual();
    let counts = counts(&store).await;
    let mut paused = join(&counts, "paused").await;
    apply(&mut paused, 0..50).await;
    // It holds the locks by its own clock, and by the store's no more.
    clock.advance(TTL);
    let before = (counts.totals().await.unwrap(), out(&counts).await);
    let applied = paused.apply(batch(50..200)).await.unwrap();
    assert_eq!(applied.lost, all_shards());
    assert!(shards(&paused).is_empty());
    let after = (counts.totals().await.unwrap(), out(&counts).await);
    assert_eq!(after, before);

    let mut other = join(&counts, "other").await;
    assert_eq!(shards(&other), all_shards());
    apply(&mut other, 0..90).await;
    clock.advance(TTL);
    let mut third = join(&counts, "third").await;
    assert_eq!(shards(&third), all_shards());
    // Owned by somebody else, not only expired.
    let moved = other.advance(Timestamp::from_millis(1_000_000)).await;
    assert_eq!(moved.unwrap(), all_shards());
    assert!(other.tick().await.unwrap().is_empty());
    assert_eq!(third.position(SOURCE).await.unwrap(), Some(89));
    apply(&mut third, 60..200).await;
    assert_as_one(&counts, 200).await;

    // Who was away comes back as one of several.
    let mut workers = [paused, other, third];
    settle(&mut workers).await;
    assert_even(&workers);
}

#[tokio::test]
async fn a_worker_that_is_dropped_gives_everything_up_in_the_background() {
    let counts = counts(&Store::new(Memory::new())).await;
    drop(join(&counts, "dropped").await);
    let empty = async {
        while !counts.members().await.unwrap().is_empty()
            || counts.owners().await.unwrap().iter().any(Option::is_some)
        {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), empty)
        .await
        .unwrap();
}

#[tokio::test]
async fn deliveries_are_those_of_the_own_shards() {
    let counts = counts(&Store::new(Memory::new())).await;
    let mut workers = [join(&counts, "a").await, join(&counts, "b").await];
    settle(&mut workers).await;
    for worker in &mut workers {
        apply(worker, 0..300).await;
    }
    let mut all = Vec::new();
    for worker in &workers {
        let own = worker.deliveries(usize::MAX).await.unwrap();
        assert!(own.iter().all(|one| shards(worker).contains(&one.shard)));
        assert!(matches!(&own[0].emission, Emission::Result { .. }));
        all.extend(own);
    }
    all.sort_by_key(|one| (one.shard, one.number));
    assert_eq!(all, out(&counts).await);
}

#[tokio::test]
async fn late_inputs_are_given_back_by_the_owner_alone() {
    let counts = counts(&Store::new(Memory::new())).await;
    let mut workers = [join(&counts, "a").await, join(&counts, "b").await];
    settle(&mut workers).await;
    let mut late = Vec::new();
    for worker in &mut workers {
        apply(worker, 0..200).await;
        let mut batch = Batch::of(SOURCE);
        for (position, key) in (200..).zip(0..40) {
            batch
                .input(position, key, Timestamp::from_millis(0), ())
                .unwrap();
        }
        let applied = worker.apply(batch).await.unwrap();
        late.extend(applied.late.into_iter().map(|late| late.position));
    }
    late.sort_unstable();
    assert_eq!(late, (200..240).collect::<Vec<u64>>());
}

#[tokio::test]
async fn a_name_that_is_too_long_is_refused() {
    let counts = counts(&Store::new(Memory::new())).await;
    let refused = counts.join(Membership::named("x".repeat(257))).await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::InvalidInput);
    assert!(counts.members().await.unwrap().is_empty());
}
