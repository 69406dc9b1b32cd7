//! Checkpoints in the background.

mod target;

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::runtime::Builder;
use tokio::time::{Instant, sleep};
use typed_state::backend::Backend;
use typed_state::backends::{Embedded, Memory};
use typed_state::checkpoint::target::Objects;
use typed_state::checkpoint::{Checkpoints, Coordinator, CoordinatorBuilder, Target};
use typed_state::testing::TestResult;
use typed_state::{ErrorKind, ManualClock, StateKey, Store, Ttl};

use self::target::{Bad, Troubled};

#[derive(StateKey, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[state(namespace = "order", value = u64)]
struct Order(u64);

const SECOND: Duration = Duration::from_secs(1);

fn coordinate<T: Target, B: Backend>(
    checkpoints: &Checkpoints<T>,
    store: &Store<B>,
) -> CoordinatorBuilder<T, B> {
    checkpoints.coordinate(store).interval(10 * SECOND)
}

async fn count<T: Target>(checkpoints: &Checkpoints<T>) -> usize {
    checkpoints.list().await.unwrap().len()
}

/// Waits, in seconds of a clock that is paused, until it is so.
async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    for _ in 0..2_000 {
        if is_so() {
            return;
        }
        sleep(SECOND / 10).await;
        // What works on other threads has its time, too.
        tokio::task::spawn_blocking(|| std::thread::sleep(Duration::from_millis(1)))
            .await
            .unwrap();
    }
    panic!("it was never so: {what}");
}

fn taken(coordinator: &Coordinator) -> u64 {
    coordinator.statistics().taken
}

#[tokio::test(start_paused = true)]
async fn checkpoints_are_taken_in_intervals_and_the_newest_are_kept() -> TestResult {
    let store = Store::new(Memory::new());
    let checkpoints = Checkpoints::new(Objects::memory());
    let coordinator = coordinate(&checkpoints, &store)
        .retention(NonZeroUsize::new(3).unwrap())
        .start()?;
    let began = Instant::now();
    for number in 1..=6 {
        store.put(&Order(number), &number).await?;
        until("taken", || taken(&coordinator) == number).await;
        let late = began
            .elapsed()
            .saturating_sub(Duration::from_secs(10 * number));
        assert!(late < 2 * SECOND, "checkpoint {number} came {late:?} late");
    }
    let statistics = coordinator.statistics();
    assert!(statistics.leads && statistics.failed == 0 && statistics.last_error.is_none());
    let last = statistics.last.unwrap();
    // And how often their lock was granted.
    assert_eq!(last.entries, 6 + 1);

    store.put(&Order(7), &7).await?;
    let manifest = coordinator.shutdown().await?.expect("it leads");
    assert_eq!(
        manifest.entries,
        7 + 1,
        "the last checkpoint has everything"
    );
    let listed = checkpoints.list().await?;
    let entries: Vec<_> = listed
        .iter()
        .map(|listed| listed.manifest.as_ref().unwrap().entries)
        .collect();
    assert_eq!(entries, [8, 7, 6]);
    // The lock is free at once.
    let next = coordinate(&checkpoints, &store).start()?;
    until("another leads", || next.statistics().leads).await;
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn of_two_on_one_store_one_takes_them_and_the_other_takes_over() -> TestResult {
    let store = Store::new(Memory::new());
    store.put(&Order(1), &1).await?;
    let checkpoints = Checkpoints::new(Objects::memory());
    let first = coordinate(&checkpoints, &store).holder("first").start()?;
    until("the first leads", || first.statistics().leads).await;
    let second = coordinate(&checkpoints, &store).holder("second").start()?;
    let other = coordinate(&checkpoints, &store).name("other").start()?;
    until("three were taken", || taken(&first) == 3).await;
    assert_eq!(taken(&second), 0);
    assert!(!second.statistics().leads);
    assert!(other.statistics().leads, "one of another name is another");
    drop(other);

    assert!(
        second_leaves(&checkpoints, &store).await?,
        "who does not lead takes no last one"
    );
    first.shutdown().await?.expect("it leads");
    until("the second takes over", || taken(&second) > 0).await;
    Ok(())
}

async fn second_leaves(
    checkpoints: &Checkpoints<Objects>,
    store: &Store<Memory>,
) -> TestResult<bool> {
    let third = coordinate(checkpoints, store).start()?;
    sleep(30 * SECOND).await;
    Ok(third.shutdown().await?.is_none())
}

#[tokio::test(start_paused = true)]
async fn who_was_paused_for_longer_than_its_lock_lives_stops() -> TestResult {
    let clock = Arc::new(ManualClock::default());
    let memory = Arc::new(Memory::builder().clock(Arc::clone(&clock)).build());
    lock_is_lost(Store::new(memory), &clock).await?;
    let directory = tempfile::tempdir()?;
    let embedded = Embedded::builder(directory.path().join("state"))
        .clock(Arc::clone(&clock))
        .open()
        .await?;
    lock_is_lost(Store::new(Arc::new(embedded)), &clock).await
}

async fn lock_is_lost<B: Backend>(store: Store<B>, clock: &ManualClock) -> TestResult {
    store.put(&Order(1), &1).await?;
    let slow = Checkpoints::new(Troubled::new());
    let first = coordinate(&slow, &store).start()?;
    until("the first leads", || first.statistics().leads).await;
    // It is in the middle of a checkpoint while its lock ends by the store's clock.
    slow.target().set(Bad::Hangs);
    until("it is under way", || slow.target().hung() > 0).await;
    let checkpoints = Checkpoints::new(Objects::memory());
    let second = coordinate(&checkpoints, &store)
        .interval(2 * SECOND)
        .start()?;
    clock.advance(Duration::from_secs(11));
    until("the second leads", || second.statistics().leads).await;
    until("the first has stopped", || !first.statistics().leads).await;
    assert_eq!(taken(&first), 0);
    slow.target().set(Bad::Nothing);
    until("the second takes them", || taken(&second) > 1).await;
    assert_eq!(count(&slow).await, 0);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_slow_checkpoint_never_overlaps_the_next() -> TestResult {
    let store = Store::new(Memory::new());
    let checkpoints = Checkpoints::new(Troubled::new());
    checkpoints.target().set(Bad::Slow(25 * SECOND));
    let coordinator = coordinate(&checkpoints, &store)
        .min_pause(7 * SECOND)
        .start()?;
    until("three were taken", || taken(&coordinator) == 3).await;
    let spans = checkpoints.target().spans();
    for two in spans.windows(2) {
        assert!(
            two[1].0 >= two[0].1 + 7 * SECOND,
            "a pause lies between {two:?}"
        );
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn errors_of_the_target_are_told_and_do_not_stop_it() -> TestResult {
    let store = Store::new(Memory::new());
    let checkpoints = Checkpoints::new(Troubled::new());
    let coordinator = coordinate(&checkpoints, &store).start()?;
    checkpoints.target().set(Bad::Fails);
    until("two have failed", || coordinator.statistics().failed == 2).await;
    let statistics = coordinator.statistics();
    assert!(
        statistics
            .last_error
            .unwrap()
            .contains("the target is broken")
    );
    assert_eq!((statistics.taken, statistics.leads), (0, true));
    checkpoints.target().set(Bad::Nothing);
    until("one is taken", || taken(&coordinator) == 1).await;
    assert_eq!(coordinator.statistics().last_error, None);
    checkpoints.target().set(Bad::Fails);
    let error = coordinator.shutdown().await.unwrap_err();
    assert_eq!(
        error.kind(),
        ErrorKind::Unavailable,
        "the last one failed: {error}"
    );
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_waits_for_what_is_under_way_and_takes_one_more() -> TestResult {
    let store = Store::new(Memory::new());
    store.put(&Order(1), &1).await?;
    let checkpoints = Checkpoints::new(Troubled::new());
    checkpoints.target().set(Bad::Slow(5 * SECOND));
    let coordinator = coordinate(&checkpoints, &store).start()?;
    until("one is under way", || checkpoints.target().begun() == 1).await;
    store.put(&Order(2), &2).await?;
    let last = coordinator.shutdown().await?.unwrap();
    assert_eq!(last.entries, 2 + 1);
    assert_eq!(count(&checkpoints).await, 2);
    Ok(())
}

#[test]
fn dropped_without_a_runtime_it_does_not_panic() -> TestResult {
    let store = Store::new(Memory::new());
    let checkpoints = Checkpoints::new(Objects::memory());
    let refused = coordinate(&checkpoints, &store).start().unwrap_err();
    assert_eq!(
        refused.kind(),
        ErrorKind::InvalidInput,
        "there is no runtime"
    );

    let runtime = Builder::new_current_thread().enable_all().build()?;
    let [first, second] = runtime.block_on(async {
        let [first, second] =
            ["a", "b"].map(|name| coordinate(&checkpoints, &store).name(name).start());
        tokio::task::yield_now().await;
        Ok::<_, typed_state::Error>([first?, second?])
    })?;
    drop(first);
    drop(runtime);
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let error = runtime.block_on(second.shutdown()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    Ok(())
}

#[tokio::test]
async fn what_makes_no_sense_is_refused() {
    let store = Store::new(Memory::new());
    let checkpoints = Checkpoints::new(Objects::memory());
    for builder in [
        coordinate(&checkpoints, &store).interval(Duration::ZERO),
        coordinate(&checkpoints, &store).name(""),
        coordinate(&checkpoints, &store).name("x".repeat(65)),
        coordinate(&checkpoints, &store).holder("x".repeat(257)),
    ] {
        let refused = builder.start().unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::InvalidInput, "{refused}");
    }
}

#[tokio::test(start_paused = true)]
async fn metrics_show_what_was_taken() -> TestResult {
    let store = Store::new(Memory::new());
    store.put(&Order(1), &1).await?;
    let checkpoints = Checkpoints::new(Objects::memory());
    let coordinator = coordinate(&checkpoints, &store).start()?;
    let registry = prometheus::Registry::new();
    coordinator.register_metrics(&registry, "orders")?;
    let again = coordinator
        .register_metrics(&registry, "orders")
        .unwrap_err();
    assert_eq!(again.kind(), ErrorKind::Configuration);
    until("one is taken", || taken(&coordinator) == 1).await;
    let text = prometheus::TextEncoder::new().encode_to_string(&registry.gather())?;
    for line in [
        "state_checkpoint_total{backend=\"memory\",result=\"taken\",store=\"orders\"} 1",
        "state_checkpoint_total{backend=\"memory\",result=\"failed\",store=\"orders\"} 0",
        "state_checkpoint_duration_seconds_count{backend=\"memory\",store=\"orders\"} 1",
        "state_checkpoint_entries{backend=\"memory\",store=\"orders\"} 2",
        "state_checkpoint_leader{backend=\"memory\",store=\"orders\"} 1",
        "state_checkpoint_last_success_timestamp_seconds{",
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
    Ok(())
}

#[tokio::test]
async fn the_latest_that_is_whole_is_restored() -> TestResult {
    let store = Store::new(Memory::new());
    let checkpoints = Checkpoints::new(Troubled::new());
    let none = checkpoints.restore_latest(&store).await?;
    assert!(none.restored.is_none() && none.passed_over.is_empty());
    let mut manifests = Vec::new();
    for number in 1..=3 {
        store.put(&Order(number), &number).await?;
        manifests.push(checkpoints.create(&store).await?);
        sleep(Duration::from_millis(2)).await;
    }
    // The newest has a damaged chunk, the one before a damaged manifest.
    let chunk = format!("chunks/{}", manifests[2].chunks[0].hash);
    let damaged = [chunk, format!("manifests/{}", manifests[1].id)];
    for name in &damaged {
        let mut bytes = checkpoints.target().read(name).await?.unwrap().to_vec();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        checkpoints.target().delete(name).await?;
        checkpoints
            .target()
            .create(name, Bytes::from(bytes))
            .await?;
    }
    let copy = Store::new(Memory::new());
    let latest = checkpoints.restore_latest(&copy).await?;
    let (id, restored) = latest.restored.unwrap();
    assert_eq!((&id, restored.entries), (&manifests[0].id, 1));
    let passed: Vec<_> = latest.passed_over.iter().map(|passed| &passed.id).collect();
    assert_eq!(passed, [&manifests[2].id, &manifests[1].id]);
    for (passed, _) in latest.passed_over.iter().zip(&damaged) {
        assert_eq!(passed.error.kind(), ErrorKind::Corrupt);
    }
    assert_eq!(copy.get(&Order(2)).await?, None);

    let refused = checkpoints.restore_latest(&copy).await.unwrap_err();
    assert_eq!(
        refused.kind(),
        ErrorKind::Conflict,
        "the store is not empty"
    );
    let again = checkpoints.restore_latest(&copy).replace().await?;
    assert_eq!(again.restored.unwrap().0, manifests[0].id);

    let first = format!("manifests/{}", manifests[0].id);
    checkpoints.target().delete(&first).await?;
    checkpoints
        .target()
        .create(&first, Bytes::from_static(b"nothing"))
        .await?;
    let empty = Store::new(Memory::new());
    let error = checkpoints.restore_latest(&empty).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    assert!(
        error.to_string().contains(manifests[2].id.as_str()),
        "{error}"
    );
    assert!(
        checkpoints.unfinished(&empty).await?.is_none(),
        "nothing was changed"
    );
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn time_to_live_of_the_lock_is_how_long_a_dead_one_is_waited_for() -> TestResult {
    let clock = Arc::new(ManualClock::default());
    let store = Store::new(Arc::new(
        Memory::builder().clock(Arc::clone(&clock)).build(),
    ));
    let checkpoints = Checkpoints::new(Objects::memory());
    let ttl = Ttl::from_millis(3_000).unwrap();
    let runtime = std::thread::spawn({
        let (checkpoints, store) = (checkpoints.clone(), store.clone());
        move || {
            let runtime = Builder::new_current_thread().enable_all().build().unwrap();
            let coordinator = runtime.block_on(async {
                let dead = checkpoints
                    .coordinate(&store)
                    .lock_ttl(ttl)
                    .start()
                    .unwrap();
                while !dead.statistics().leads {
                    sleep(Duration::from_millis(1)).await;
                }
                dead
            });
            // Its runtime ends, and nobody releases the lock.
            drop(runtime);
            drop(coordinator);
        }
    });
    runtime.join().unwrap();
    let next = checkpoints.coordinate(&store).lock_ttl(ttl).start()?;
    sleep(20 * SECOND).await;
    assert!(!next.statistics().leads, "the lock of the dead one lives");
    clock.advance(Duration::from_secs(4));
    until("the next leads", || next.statistics().leads).await;
    Ok(())
}
