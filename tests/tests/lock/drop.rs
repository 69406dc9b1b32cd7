//! Guards that are dropped where nothing can be awaited, and acquisitions that are given up at any point: nothing blocks or
//! panics, and nothing stays held for longer than a time to live.

use std::future::{pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::mpsc;
use std::task::Poll;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use tokio::runtime::{Builder, Runtime};
use typed_state::backend::Ttl;
use typed_state::backends::Memory;
use typed_state::lock::LockGuard;
use typed_state::{ManualClock, StateKey, Store};
use typed_state_tests::seed;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, StateKey)]
#[state(namespace = "seat", value = u64)]
struct Seat(u64);

const SEAT: Seat = Seat(1);
/// Far longer than a test takes, by the machine's clock.
const TTL: Duration = Duration::from_mins(1);
/// What does not wait for anything takes less, on a busy machine, too.
const AT_ONCE: Duration = Duration::from_secs(2);
const PATIENCE: Duration = Duration::from_secs(20);

/// A store whose time stands still until it is told to go on.
struct Trial {
    store: Store<Memory>,
    clock: Arc<ManualClock>,
}

impl Trial {
    fn new() -> Self {
        let clock = Arc::new(ManualClock::default());
        let memory = Memory::builder()
            .clock(Arc::clone(&clock))
            .sweep_every(None)
            .build();
        Self {
            store: Store::new(memory),
            clock,
        }
    }

    fn acquire(&self, runtime: &Runtime) -> LockGuard<Memory, Seat> {
        let lock = self.store.lock(&SEAT).ttl(Ttl::try_from(TTL).unwrap());
        runtime.block_on(lock.acquire_within(PATIENCE)).unwrap()
    }

    /// It is free now or in a moment, and nothing is counted as unreleased.
    fn assert_released(&self, runtime: &Runtime) {
        let next = self.acquire(runtime);
        runtime.block_on(next.release()).unwrap();
        let counts = self.store.lock_statistics();
        assert_eq!((counts.unreleased, counts.held), (0, 0), "{counts:?}");
    }

    /// It is held until its time to live is over, and that is counted.
    fn assert_left_to_expire(&self) {
        let counts = self.store.lock_statistics();
        assert_eq!((counts.unreleased, counts.held), (1, 0), "{counts:?}");
        self.assert_held();
        self.clock.advance(TTL + Duration::from_millis(1));
        let other = threads();
        let next = self.acquire(&other);
        assert_eq!(next.fence().get(), 2);
        other.block_on(next.release()).unwrap();
    }

    fn assert_held(&self) {
        let got = threads().block_on(self.store.lock(&SEAT).try_acquire());
        assert!(got.unwrap().is_none());
    }
}

fn threads() -> Runtime {
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(2).enable_all().build().unwrap()
}

fn one_thread() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

fn at_once<T>(work: impl FnOnce() -> T) -> T {
    let begun = Instant::now();
    let done = work();
    assert!(begun.elapsed() < AT_ONCE, "{:?}", begun.elapsed());
    done
}

#[test]
fn outside_of_a_runtime_it_is_released() {
    let (trial, runtime) = (Trial::new(), threads());
    let guard = trial.acquire(&runtime);
    at_once(|| drop(guard));
    trial.assert_released(&runtime);
}

#[test]
fn on_another_thread_it_is_released() {
    let (trial, runtime) = (Trial::new(), threads());
    let guard = trial.acquire(&runtime);
    std::thread::spawn(|| at_once(|| drop(guard)))
        .join()
        .unwrap();
    trial.assert_released(&runtime);
}

#[test]
fn on_another_runtime_it_is_released_on_its_own() {
    let (trial, runtime) = (Trial::new(), threads());
    let guard = trial.acquire(&runtime);
    let other = one_thread();
    other.block_on(async { at_once(|| drop(guard)) });
    drop(other);
    trial.assert_released(&runtime);
}

#[test]
fn after_its_runtime_it_is_left_to_expire() {
    for runtime in [threads(), one_thread()] {
        let trial = Trial::new();
        let guard = trial.acquire(&runtime);
        drop(runtime);
        at_once(|| drop(guard));
        trial.assert_left_to_expire();
    }
}

#[test]
fn while_its_runtime_stands_still_it_does_not_wait() {
    let (trial, runtime) = (Trial::new(), one_thread());
    let guard = trial.acquire(&runtime);
    at_once(|| drop(guard));
    trial.assert_held();
    trial.assert_released(&runtime);

    let trial = Trial::new();
    let guard = trial.acquire(&runtime);
    at_once(|| drop(guard));
    // It never goes on, so what it was to do is dropped.
    drop(runtime);
    trial.assert_left_to_expire();
}

#[test]
fn in_a_panic_it_is_released() {
    let (trial, runtime) = (Trial::new(), threads());
    let guard = trial.acquire(&runtime);
    let unwound = catch_unwind(AssertUnwindSafe(|| {
        let _guard = guard;
        panic!("on purpose, outside of the runtime");
    }));
    assert!(unwound.is_err());
    trial.assert_released(&runtime);

    let guard = trial.acquire(&runtime);
    let task = runtime.spawn(async move {
        let _guard = guard;
        panic!("on purpose, in a task");
    });
    assert!(runtime.block_on(task).unwrap_err().is_panic());
    trial.assert_released(&runtime);
}

#[test]
fn in_a_panic_after_its_runtime_it_is_left_to_expire() {
    let (trial, runtime) = (Trial::new(), threads());
    let guard = trial.acquire(&runtime);
    drop(runtime);
    let unwound = catch_unwind(AssertUnwindSafe(|| {
        let _guard = guard;
        panic!("on purpose, after the runtime");
    }));
    assert!(unwound.is_err());
    trial.assert_left_to_expire();
}

#[test]
fn in_a_shutdown_it_is_left_to_expire() {
    let ends: [fn(Runtime); 3] = [
        |runtime| runtime.shutdown_timeout(PATIENCE),
        |runtime| drop(runtime),
        |runtime| runtime.shutdown_background(),
    ];
    for end in ends {
        let (trial, runtime) = (Trial::new(), threads());
        let guard = trial.acquire(&runtime);
        let (dropped, hears) = mpsc::channel::<()>();
        runtime.spawn(async move {
            // In this order: the guard is dropped before the channel tells.
            let _dropped = dropped;
            let _guard = guard;
            pending::<()>().await;
        });
        at_once(|| end(runtime));
        assert!(hears.recv_timeout(PATIENCE).is_err());
        trial.assert_left_to_expire();
    }
}

/// Nobody sees that a guard is forgotten: it is renewed for as long as its runtime lives, where it is renewed at all.
#[test]
fn a_forgotten_guard_holds_until_its_runtime_ends() {
    let (trial, runtime) = (Trial::new(), threads());
    std::mem::forget(trial.acquire(&runtime));
    trial.assert_held();
    drop(runtime);
    trial.clock.advance(TTL + Duration::from_millis(1));
    let other = threads();
    assert_eq!(trial.acquire(&other).fence().get(), 2);
}

#[test]
fn a_forgotten_guard_that_is_not_renewed_expires() {
    let (trial, runtime) = (Trial::new(), threads());
    let lock = trial.store.lock(&SEAT).renewed(false);
    let lock = lock.ttl(Ttl::try_from(TTL).unwrap());
    std::mem::forget(runtime.block_on(lock.acquire()).unwrap());
    trial.assert_held();
    trial.clock.advance(TTL + Duration::from_millis(1));
    assert_eq!(trial.acquire(&runtime).fence().get(), 2);
}

#[test]
fn without_a_runtime_nothing_is_acquired_and_nothing_panics() {
    let trial = Trial::new();
    let lock = trial.store.lock(&SEAT).fair(false);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let Poll::Ready(Err(refused)) = pin!(lock.try_acquire()).poll(&mut context) else {
        panic!("it was not refused");
    };
    assert!(refused.to_string().contains("runtime"), "{refused}");
    assert_eq!(trial.store.lock_statistics().acquired, 0);
}

/// Each acquisition is polled so many times and then given up, wherever it is; others hold the lock meanwhile or not.
#[tokio::test]
async fn an_acquisition_given_up_anywhere_holds_nothing() {
    let mut random = StdRng::seed_from_u64(seed());
    let trial = Trial::new();
    let ttl = Ttl::try_from(TTL).unwrap();
    let mut got = 0;
    for _ in 0..1_000 {
        let lock = trial.store.lock(&SEAT).ttl(ttl);
        let held = if random.random_ratio(1, 3) {
            Some(lock.acquire_within(PATIENCE).await.unwrap())
        } else {
            None
        };
        let lock = lock.fair(random.random());
        let mut held = held;
        let mut acquires = Box::pin(lock.acquire());
        for _ in 0..random.random_range(0..12) {
            let polled = poll_fn(|cx| Poll::Ready(acquires.as_mut().poll(cx))).await;
            if let Poll::Ready(guard) = polled {
                drop(guard.unwrap());
                got += 1;
                break;
            }
            if random.random_ratio(1, 4) {
                drop(held.take());
            }
            for _ in 0..random.random_range(0..3) {
                tokio::task::yield_now().await;
            }
        }
        drop(acquires);
        drop(held);
    }
    assert!(got > 20, "{got} of 1,000 were not given up");
    let lock = trial.store.lock(&SEAT).ttl(ttl);
    let last = lock.acquire_within(PATIENCE).await.unwrap();
    last.release().await.unwrap();
    let waiters = lock.waiters().await.unwrap();
    let counts = trial.store.lock_statistics();
    assert_eq!((counts.held, counts.unreleased), (0, 0), "{counts:?}");
    assert!(
        waiters < 5,
        "{waiters} that wait no more are still in the queue"
    );
}
