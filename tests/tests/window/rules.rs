//! The edges of windows: what is refused, when an input is late to the millisecond, what is told early, and what queries see.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use typed_state::backends::Memory;
use typed_state::window::{
    Batch, Emission, Emit, Global, Hopping, Session, Sliding, Timing, Tumbling, Updates, Windowing,
    Windows,
};
use typed_state::{Clock as _, ErrorKind, ManualClock, Result, Store, Timestamp, Ttl};
use typed_state_tests::{Inputs, Numbers};

const fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

const fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn store() -> Store<Memory> {
    Store::new(Memory::new())
}

async fn open<W: Windowing<Inputs>>(
    store: &Store<Memory>,
    windowing: W,
    emit: Emit,
) -> Result<Windows<Memory, u64, Inputs, W>> {
    store.windows("rules", windowing).emit(emit).open().await
}

/// Inputs of key 1 at these times, numbered, with the position that follows `after`.
fn inputs(after: u64, times: &[i64]) -> Batch<u64, u64> {
    let mut batch = Batch::of("source");
    for (position, time) in (after + 1..).zip(times) {
        batch.input(position, 1, at(*time), position).unwrap();
    }
    batch
}

/// What came out and was not acknowledged: timing and inputs, or what was taken back.
async fn told<W: Windowing<Inputs>>(
    windows: &Windows<Memory, u64, Inputs, W>,
) -> Vec<(Option<Timing>, Vec<u64>)> {
    let deliveries = windows.outbox().read(100).await.unwrap();
    windows.outbox().acknowledge(&deliveries).await.unwrap();
    let told = deliveries
        .into_iter()
        .map(|delivery| match delivery.emission {
            Emission::Result { timing, output, .. } => (Some(timing), output.0),
            Emission::Retraction { output, .. } => (None, output.unwrap_or_default().0),
            other => panic!("{other:?}"),
        });
    told.collect()
}

#[test]
fn sizes_that_make_no_sense_are_refused_by_name() {
    let refused = |refused: Option<typed_state::Error>, words: &str| {
        let error = refused.unwrap();
        assert_eq!(error.kind(), ErrorKind::Configuration);
        assert!(error.to_string().contains(words), "{error}");
    };
    refused(Tumbling::of(Duration::ZERO).err(), "`size` is 0ns");
    refused(Tumbling::of(Duration::from_micros(1_500)).err(), "`size`");
    refused(Tumbling::of(Duration::MAX).err(), "`size`");
    let tumbling = Tumbling::of(millis(10)).unwrap();
    refused(tumbling.offset(millis(10)).err(), "less than `size`");
    refused(Hopping::of(millis(10), millis(11)).err(), "between windows");
    refused(Hopping::of(millis(10), Duration::ZERO).err(), "`advance`");
    refused(
        Hopping::of(Duration::from_secs(100), millis(1)).err(),
        "more than 10000 windows",
    );
    let hopping = Hopping::of(millis(10), millis(5)).unwrap();
    refused(hopping.offset(millis(5)).err(), "less than `advance`");
    refused(Session::with_gap(Duration::ZERO).err(), "`gap`");
    refused(Sliding::of(Duration::ZERO).err(), "`difference`");
}

#[tokio::test]
async fn rules_that_make_no_sense_are_refused() {
    let refused = |refused: Option<typed_state::Error>, words: &str| {
        let error = refused.unwrap();
        assert_eq!(error.kind(), ErrorKind::Configuration);
        assert!(error.to_string().contains(words), "{error}");
    };
    let store = store();
    let global = || Global::expiring(Ttl::MIN);
    let opened = open(&store, global(), Emit::on_close()).await;
    refused(opened.err(), "never closes");
    let sliding = Sliding::of(millis(10)).unwrap();
    let discard = Emit::on_close().updates(Updates::Discard);
    refused(open(&store, sliding, discard).await.err(), "share");
    let none = Emit::on_close().early_each(0);
    refused(
        open(&store, global(), none).await.err(),
        "`early_each` is 0",
    );
    let never = Emit::on_close().early_every(Duration::ZERO);
    refused(open(&store, global(), never).await.err(), "`early_every`");
    for name in ["", "Upper", "1st", "a b", &"x".repeat(65)] {
        let windows = store.windows::<u64, Inputs, _>(name, sliding);
        refused(windows.open().await.err(), "no name of windows");
    }
}

#[tokio::test]
async fn windows_are_opened_as_they_were_made() {
    let store = store();
    let hour = || Tumbling::of(Duration::from_hours(1)).unwrap();
    let shards = |shards| NonZeroU32::new(shards).unwrap();
    let windows = || store.windows::<u64, Inputs, _>("made", hour());
    windows().shards(shards(3)).open().await.unwrap();
    windows().shards(shards(3)).open().await.unwrap();
    windows().open().await.unwrap();
    let error = windows().shards(shards(4)).open().await.unwrap_err();
    let wrong = "were made with a number of shards of 3, and are opened with 4";
    assert!(error.to_string().contains(wrong), "{error}");
    let other = Tumbling::of(millis(1)).unwrap();
    let other = store.windows::<u64, Inputs, _>("made", other);
    let error = other.open().await.unwrap_err();
    let wrong = "tumbling, size 3600000 ms, offset 0 ms, and are opened with tumbling, size 1 ms";
    assert!(error.to_string().contains(wrong), "{error}");
    assert_eq!(error.kind(), ErrorKind::Configuration);
}

#[tokio::test]
async fn an_input_is_late_from_the_last_millisecond_on() {
    for lateness in [0, 7] {
        let emit = Emit::on_close().allowed_lateness(millis(lateness));
        let tumbling = Tumbling::of(millis(10)).unwrap();
        let windows = open(&store(), tumbling, emit).await.unwrap();
        // The window is [-20, -10).
        let last = -12 + i64::try_from(lateness).unwrap();
        windows.advance(at(last)).await.unwrap();
        let applied = windows.apply(inputs(0, &[-11])).await.unwrap();
        assert!(applied.late.is_empty(), "{applied:?}");
        windows.advance(at(last + 1)).await.unwrap();
        let late = windows.apply(inputs(1, &[-11])).await.unwrap().late;
        let late: Vec<_> = late.iter().map(|late| (late.position, late.time)).collect();
        assert_eq!(late, [(2, at(-11))]);
    }
}

#[tokio::test]
async fn times_too_far_away_and_positions_that_go_back_are_refused() {
    let mut batch = Batch::<u64, u64>::of("source");
    let error = batch.input(1, 1, at(i64::MAX), 1).unwrap_err();
    assert!(error.to_string().contains("farther"), "{error}");
    batch.input(5, 1, at(0), 1).unwrap();
    let error = batch.input(4, 1, at(0), 1).unwrap_err();
    let wrong = "position 4 of the source `source` comes after 5";
    assert!(error.to_string().contains(wrong), "{error}");
    assert_eq!(batch.len(), 1);
    let tumbling = Tumbling::of(millis(10)).unwrap();
    let windows = open(&store(), tumbling, Emit::on_close()).await.unwrap();
    let error = windows.outbox().acknowledge_through(0, 0).await;
    let error = error.unwrap_err();
    assert!(error.to_string().contains("the next is 0"), "{error}");
}

#[tokio::test]
async fn a_global_window_that_discards_is_one_of_so_many_inputs() {
    let clock = Arc::new(ManualClock::default());
    let memory = Memory::builder().clock(Arc::clone(&clock)).build();
    let store = Store::new(memory);
    let ttl = Ttl::from_millis(1_000).unwrap();
    let emit = Emit::on_close().early_each(2).updates(Updates::Discard);
    let windows = open(&store, Global::expiring(ttl), emit).await.unwrap();
    let _ = windows.apply(inputs(0, &[5, 900, -3])).await.unwrap();
    let _ = windows.apply(inputs(3, &[1])).await.unwrap();
    let early = |inputs: [u64; 2]| (Some(Timing::Early), inputs.to_vec());
    assert_eq!(told(&windows).await, [early([1, 2]), early([3, 4])]);
    windows.advance(Timestamp::MAX).await.unwrap();
    assert_eq!(told(&windows).await, []);
    assert_eq!(windows.of_key(&1).await.unwrap().len(), 1);
    clock.advance(millis(1_000));
    assert_eq!(windows.of_key(&1).await.unwrap().len(), 0, "expired");
    let late = windows.apply(inputs(4, &[1])).await.unwrap().late;
    assert!(late.is_empty(), "{late:?}");
}

#[tokio::test]
async fn open_windows_that_change_are_told_of_each_period() {
    let clock = Arc::new(ManualClock::default());
    let emit = Emit::on_close().early_every(millis(100));
    let hour = Tumbling::of(Duration::from_hours(1)).unwrap();
    let store = store();
    let windows = store.windows::<u64, Inputs, _>("rules", hour).emit(emit);
    let windows = windows.clock(Arc::clone(&clock)).open().await.unwrap();
    let tick = async |by| {
        clock.advance(millis(by));
        windows.tick().await.unwrap();
        told(&windows).await
    };
    let early = |inputs: &[u64]| vec![(Some(Timing::Early), inputs.to_vec())];
    let _ = windows.apply(inputs(0, &[1])).await.unwrap();
    assert_eq!(tick(99).await, []);
    let _ = windows.apply(inputs(1, &[2])).await.unwrap();
    assert_eq!(tick(1).await, early(&[1, 2]));
    assert_eq!(tick(1_000).await, [], "nothing has changed");
    let _ = windows.apply(inputs(2, &[3])).await.unwrap();
    assert_eq!(tick(500).await, early(&[1, 2, 3]));
    let _ = windows.apply(inputs(3, &[4])).await.unwrap();
    windows.advance(at(3_600_000)).await.unwrap();
    assert_eq!(told(&windows).await.len(), 1, "the close");
    assert_eq!(tick(1_000).await, [], "closed");
    assert!(clock.now() > at(0));
}

#[tokio::test]
async fn queries_see_what_is_kept() {
    let hopping = Hopping::of(millis(20), millis(10)).unwrap();
    let windows = open(&store(), hopping, Emit::on_close()).await.unwrap();
    let mut batch = inputs(0, &[5, 15]);
    batch.input(3, 2, at(31), 3).unwrap();
    let _ = windows.apply(batch).await.unwrap();
    let seen = |found: Vec<typed_state::window::OpenWindow<u64, Numbers>>| {
        let mut seen: Vec<_> = found
            .into_iter()
            .map(|open| (open.key, open.window.start().as_millis(), open.output.0))
            .collect();
        seen.sort();
        seen
    };
    let first = vec![(1, -10, vec![1]), (1, 0, vec![1, 2]), (1, 10, vec![2])];
    let second = vec![(2, 20, vec![3]), (2, 30, vec![3])];
    assert_eq!(seen(windows.of_key(&1).await.unwrap()), first);
    assert_eq!(seen(windows.of_key(&3).await.unwrap()), []);
    assert_eq!(seen(windows.get(&1, at(9)).await.unwrap()), first[..2]);
    assert_eq!(seen(windows.get(&1, at(10)).await.unwrap()), first[1..]);
    assert_eq!(seen(windows.between(..at(0)).await.unwrap()), first[..1]);
    assert_eq!(
        seen(windows.between(at(20)..).await.unwrap()),
        [&first[2..], &second].concat()
    );
    assert_eq!(
        seen(windows.between(at(30)..=at(30)).await.unwrap()),
        second
    );
    let all = [first, second.clone()].concat();
    assert_eq!(seen(windows.between(..).await.unwrap()), all);
    windows.advance(at(29)).await.unwrap();
    assert_eq!(seen(windows.between(..).await.unwrap()), second, "closed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn queries_see_each_window_whole_while_others_write() {
    let hour = Tumbling::of(Duration::from_hours(1)).unwrap();
    let windows = open(&store(), hour, Emit::on_close()).await.unwrap();
    let writer = windows.clone();
    let writing = tokio::spawn(async move {
        for position in 0..300 {
            // Two at once, or neither.
            let mut batch = Batch::of("source");
            batch.input(position, 1, at(0), 2 * position).unwrap();
            batch.input(position, 1, at(1), 2 * position + 1).unwrap();
            let _ = writer.apply(batch).await.unwrap();
        }
    });
    let mut before = 0;
    while !writing.is_finished() {
        for open in windows.of_key(&1).await.unwrap() {
            let inputs = open.output.0;
            assert!(
                inputs.len() % 2 == 0 && inputs.len() >= before,
                "{inputs:?}"
            );
            before = inputs.len();
        }
        tokio::task::yield_now().await;
    }
    writing.await.unwrap();
    let found = windows.of_key(&1).await.unwrap();
    assert_eq!(found.first().map(|open| open.output.0.len()), Some(600));
}
