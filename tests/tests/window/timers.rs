//! Timers: each fires once, in the order of their times, whatever was set again, deleted, or due while nobody was there.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use rand::{Rng as _, SeedableRng as _};
use typed_state::backends::Memory;
use typed_state::window::{Batch, Emission, TimeDomain, Tumbling, Windows};
use typed_state::{ManualClock, Store, Timestamp};
use typed_state_tests::{Inputs, seed};

use TimeDomain::{Event, Processing};

type Timers = Windows<Memory, String, Inputs, Tumbling>;

/// A timer that fired: of which key, and what it was set to.
type Fired = (String, i64, TimeDomain);

const SOURCE: &str = "timers";

/// Windows of which nothing but timers is used, and both of the clocks that these follow.
struct Bench {
    backend: Memory,
    clock: Arc<ManualClock>,
    timers: Timers,
    shards: NonZeroU32,
    position: u64,
}

impl Bench {
    async fn new() -> Self {
        Self::of(1).await
    }

    async fn of(shards: u32) -> Self {
        let (backend, clock) = (Memory::new(), Arc::new(ManualClock::at(at(0))));
        let shards = NonZeroU32::new(shards).unwrap();
        Self {
            timers: open(&backend, &clock, shards).await,
            backend,
            clock,
            shards,
            position: 0,
        }
    }

    /// Another process takes over.
    async fn restart(&mut self) {
        self.timers = open(&self.backend, &self.clock, self.shards).await;
    }

    async fn set(&mut self, key: &str, time: i64, domain: TimeDomain) {
        self.apply(|batch, position| {
            let key = key.to_owned();
            batch.set_timer(position, &key, at(time), domain).unwrap();
        })
        .await;
    }

    async fn delete(&mut self, key: &str, time: i64, domain: TimeDomain) {
        self.apply(|batch, position| {
            let key = key.to_owned();
            batch
                .delete_timer(position, &key, at(time), domain)
                .unwrap();
        })
        .await;
    }

    async fn apply(&mut self, push: impl FnOnce(&mut Batch<String, u64>, u64)) {
        self.position += 1;
        let mut batch = Batch::of(SOURCE);
        push(&mut batch, self.position);
        drop(self.timers.apply(batch).await.unwrap());
    }

    /// Lets the clock of a domain reach a time.
    async fn reach(&self, domain: TimeDomain, time: i64) {
        match domain {
            Event => self.timers.advance(at(time)).await.unwrap(),
            Processing => {
                let now = typed_state::Clock::now(&*self.clock).as_millis();
                let by = u64::try_from(time - now).unwrap();
                self.clock.advance(Duration::from_millis(by));
                self.timers.tick().await.unwrap();
            }
        }
    }

    /// What has fired since it was asked before.
    async fn fired(&self) -> Vec<Fired> {
        let outbox = self.timers.outbox();
        let deliveries = outbox.read(usize::MAX).await.unwrap();
        outbox.acknowledge(&deliveries).await.unwrap();
        let fired = deliveries
            .into_iter()
            .map(|delivery| match delivery.emission {
                Emission::Timer { key, time, domain } => (key, time.as_millis(), domain),
                other => panic!("{other:?}"),
            });
        fired.collect()
    }
}

async fn open(backend: &Memory, clock: &Arc<ManualClock>, shards: NonZeroU32) -> Timers {
    let minutes = Tumbling::of(Duration::from_mins(1)).unwrap();
    Store::new(backend.clone())
        .windows("timers", minutes)
        .shards(shards)
        .clock(Arc::clone(clock))
        .open()
        .await
        .unwrap()
}

const fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn one(key: &str, time: i64, domain: TimeDomain) -> Fired {
    (key.to_owned(), time, domain)
}

#[tokio::test]
async fn a_timer_fires_when_its_clock_reaches_its_time_and_not_before() {
    for domain in [Event, Processing] {
        let mut bench = Bench::new().await;
        bench.set("a", 100, domain).await;
        bench.reach(domain, 99).await;
        assert_eq!(bench.fired().await, []);
        bench.reach(domain, 100).await;
        assert_eq!(bench.fired().await, [one("a", 100, domain)]);
    }
}

#[tokio::test]
async fn a_timer_follows_its_own_clock_alone() {
    let mut bench = Bench::new().await;
    bench.set("a", 100, Event).await;
    bench.set("a", 100, Processing).await;
    bench.reach(Event, 1_000).await;
    assert_eq!(bench.fired().await, [one("a", 100, Event)]);
    bench.reach(Processing, 1_000).await;
    assert_eq!(bench.fired().await, [one("a", 100, Processing)]);
}

#[tokio::test]
async fn a_timer_that_is_set_twice_fires_once() {
    for domain in [Event, Processing] {
        let mut bench = Bench::new().await;
        bench.set("a", 100, domain).await;
        bench.set("a", 100, domain).await;
        bench.restart().await;
        bench.set("a", 100, domain).await;
        bench.reach(domain, 100).await;
        assert_eq!(bench.fired().await, [one("a", 100, domain)]);
        bench.reach(domain, 200).await;
        bench.restart().await;
        bench.reach(domain, 300).await;
        assert_eq!(bench.fired().await, []);
    }
}

#[tokio::test]
async fn what_has_fired_can_be_set_again() {
    for domain in [Event, Processing] {
        let mut bench = Bench::new().await;
        bench.set("a", 100, domain).await;
        bench.reach(domain, 100).await;
        bench.set("a", 100, domain).await;
        bench.reach(domain, 100).await;
        let twice = [one("a", 100, domain), one("a", 100, domain)];
        assert_eq!(bench.fired().await, twice);
    }
}

#[tokio::test]
async fn a_timer_that_is_deleted_never_fires() {
    for domain in [Event, Processing] {
        let mut bench = Bench::new().await;
        for key in ["deleted", "kept", "by the next", "set again"] {
            bench.set(key, 100, domain).await;
        }
        bench.set("deleted", 101, domain).await;
        bench.delete("deleted", 100, domain).await;
        bench.delete("never set", 100, domain).await;
        bench.delete("set again", 100, domain).await;
        bench.restart().await;
        bench.delete("by the next", 100, domain).await;
        bench.set("set again", 100, domain).await;
        bench.reach(domain, 1_000).await;
        let expected = [
            one("kept", 100, domain),
            one("set again", 100, domain),
            one("deleted", 101, domain),
        ];
        assert_eq!(bench.fired().await, expected);
    }
}

#[tokio::test]
async fn what_is_set_and_deleted_at_one_position_never_fires() {
    for domain in [Event, Processing] {
        let mut bench = Bench::new().await;
        bench
            .apply(|batch, position| {
                let (one, two) = ("one".to_owned(), "two".to_owned());
                batch.set_timer(position, &one, at(5), domain).unwrap();
                batch.delete_timer(position, &one, at(5), domain).unwrap();
                batch.delete_timer(position, &two, at(5), domain).unwrap();
                batch.set_timer(position, &two, at(5), domain).unwrap();
            })
            .await;
        bench.reach(domain, 5).await;
        assert_eq!(bench.fired().await, [one("two", 5, domain)]);
    }
}

#[tokio::test]
async fn a_timer_that_is_overdue_after_a_restart_fires_at_once() {
    let mut bench = Bench::new().await;
    bench.set("a", 100, Processing).await;
    bench.set("b", 50, Processing).await;
    bench.set("c", 5_000, Processing).await;
    // Time passes while no process is there.
    bench.clock.advance(Duration::from_secs(1));
    bench.restart().await;
    bench.timers.tick().await.unwrap();
    let overdue = [one("b", 50, Processing), one("a", 100, Processing)];
    assert_eq!(bench.fired().await, overdue);

    bench.set("d", 100, Event).await;
    bench.restart().await;
    bench.reach(Event, 9_000).await;
    assert_eq!(bench.fired().await, [one("d", 100, Event)]);
}

#[tokio::test]
async fn a_timer_of_a_time_that_has_passed_fires_at_once() {
    let mut bench = Bench::new().await;
    bench.reach(Event, 1_000).await;
    bench.set("event", 10, Event).await;
    assert_eq!(bench.fired().await, [one("event", 10, Event)]);
    bench.clock.advance(Duration::from_secs(1));
    bench.set("processing", 10, Processing).await;
    bench.timers.tick().await.unwrap();
    assert_eq!(bench.fired().await, [one("processing", 10, Processing)]);
}

/// More than are read at once, and than a commit has.
const MANY: i64 = 4_500;

#[tokio::test]
async fn timers_fire_in_the_order_of_their_times() {
    let mut random = StdRng::seed_from_u64(seed());
    for domain in [Event, Processing] {
        let mut bench = Bench::new().await;
        let mut times: Vec<i64> = (0..MANY).map(|time| time - MANY / 2).collect();
        times.shuffle(&mut random);
        let mut expected = times.clone();
        expected.sort_unstable();
        while !times.is_empty() {
            let few = times.len().min(random.random_range(1..1_500));
            let few: Vec<i64> = times.drain(..few).collect();
            bench
                .apply(|batch, position| {
                    for time in few {
                        let key = format!("key {}", time.rem_euclid(7));
                        let time = at(time + MANY);
                        batch.set_timer(position, &key, time, domain).unwrap();
                    }
                })
                .await;
            if random.random() {
                bench.restart().await;
            }
        }
        // In two steps, the second from within what was read.
        bench.reach(domain, MANY).await;
        let first = bench.fired().await;
        bench.restart().await;
        bench.reach(domain, 2 * MANY).await;
        let second = bench.fired().await;
        let middle = expected.partition_point(|time| *time <= 0);
        let times = |fired: &[Fired]| {
            let times = fired.iter().map(|(_, time, _)| time - MANY);
            times.collect::<Vec<_>>()
        };
        assert_eq!(times(&first), expected.get(..middle).unwrap());
        assert_eq!(times(&second), expected.get(middle..).unwrap());
    }
}

#[tokio::test]
async fn each_shard_has_its_timers_in_order() {
    for domain in [Event, Processing] {
        let mut bench = Bench::of(4).await;
        for time in (1..=200).rev() {
            bench.set(&format!("key {}", time % 20), time, domain).await;
        }
        bench.reach(domain, 200).await;
        let deliveries = bench.timers.outbox().read(usize::MAX).await.unwrap();
        let mut of_shards = std::collections::BTreeMap::<u32, Vec<i64>>::new();
        for delivery in deliveries {
            let Emission::Timer { time, .. } = delivery.emission else {
                panic!("{delivery:?}");
            };
            let times = of_shards.entry(delivery.shard).or_default();
            times.push(time.as_millis());
        }
        assert!(of_shards.len() > 1, "one shard has everything");
        assert!(of_shards.values().all(|times| times.is_sorted()));
        let mut all = of_shards.into_values().flatten().collect::<Vec<_>>();
        all.sort_unstable();
        assert_eq!(all, (1..=200).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn a_timer_fires_between_the_elements_where_its_time_comes() {
    let mut bench = Bench::new().await;
    bench
        .apply(|batch, position| {
            let key = "a".to_owned();
            batch.set_timer(position, &key, at(10), Event).unwrap();
            batch.watermark(position, at(20)).unwrap();
            // Too late: it has fired.
            batch.delete_timer(position, &key, at(10), Event).unwrap();
            batch.set_timer(position, &key, at(30), Event).unwrap();
            batch.delete_timer(position, &key, at(30), Event).unwrap();
            batch.watermark(position, at(40)).unwrap();
        })
        .await;
    assert_eq!(bench.fired().await, [one("a", 10, Event)]);
}
