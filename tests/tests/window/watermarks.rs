//! Watermarks never go back, and never pass what the slowest source that is heard of allows.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use typed_state::window::watermark::{BoundedOutOfOrderness, Sources};
use typed_state::{Clock as _, ErrorKind, ManualClock, Timestamp};

const fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

const fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

#[derive(Debug, Clone, Copy)]
enum Event {
    Expect(u8),
    Observe(u8, i64),
    Advance(u8, i64),
    LeaveOut(u8),
    Remove(u8),
    Wait(u64),
    Resume(i64),
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let source = 0_u8..4;
    let time = prop_oneof![20 => -50_i64..200, 1 => any::<i64>()];
    let event = prop_oneof![
        1 => source.clone().prop_map(Event::Expect),
        8 => (source.clone(), time.clone()).prop_map(|(source, time)| Event::Observe(source, time)),
        1 => (source.clone(), time.clone()).prop_map(|(source, time)| Event::Advance(source, time)),
        1 => source.clone().prop_map(Event::LeaveOut),
        1 => source.prop_map(Event::Remove),
        3 => (0_u64..30).prop_map(Event::Wait),
        1 => time.prop_map(Event::Resume),
    ];
    proptest::collection::vec(event, 0..80)
}

/// What is known of a source, said again naively.
#[derive(Default)]
struct Known {
    own: Option<i64>,
    heard: i64,
    is_left_out: bool,
}

proptest! {
    #[test]
    fn one_source(bound in 0_u64..50, times in proptest::collection::vec(prop_oneof![-100_i64..100, any::<i64>()], 0..50)) {
        let mut watermark = BoundedOutOfOrderness::of(millis(bound)).unwrap();
        let mut newest = None;
        let mut last = None;
        for time in times {
            let moved = watermark.observe(at(time));
            newest = newest.max(Some(time));
            let expected = newest.and_then(|newest: i64| newest.checked_sub(i64::try_from(bound).unwrap() + 1)).map(at);
            prop_assert_eq!(watermark.watermark(), expected);
            prop_assert_eq!(moved, expected.filter(|_| expected > last), "told where it has moved, and only there");
            last = expected;
        }
    }

    /// Against a model that keeps every source's own watermark, and when it was heard of.
    #[test]
    fn several_sources(bound in 0_u64..50, limit in proptest::option::of(1_u64..40), events in events()) {
        let clock = Arc::new(ManualClock::default());
        let mut sources = Sources::of(millis(bound)).unwrap().clock(Arc::clone(&clock));
        if let Some(limit) = limit {
            sources = sources.idle_after(millis(limit)).unwrap();
        }
        let behind = i64::try_from(bound).unwrap() + 1;
        let mut known = BTreeMap::<u8, Known>::new();
        let mut last: Option<i64> = None;
        for event in events {
            let now = clock.now().as_millis();
            let mut resumed = None;
            let moved = match event {
                Event::Expect(source) => {
                    known.entry(source).or_insert(Known { heard: now, ..Known::default() });
                    sources.expect(source);
                    None
                }
                Event::Observe(source, time) => {
                    let known = known.entry(source).or_default();
                    known.own = known.own.max(time.checked_sub(behind));
                    (known.heard, known.is_left_out) = (now, false);
                    sources.observe(&source, at(time))
                }
                Event::Advance(source, time) => {
                    let known = known.entry(source).or_default();
                    known.own = known.own.max(Some(time));
                    (known.heard, known.is_left_out) = (now, false);
                    sources.advance(&source, at(time))
                }
                Event::LeaveOut(source) => {
                    if let Some(known) = known.get_mut(&source) {
                        known.is_left_out = true;
                    }
                    sources.leave_out(&source)
                }
                Event::Remove(source) => {
                    known.remove(&source);
                    sources.remove(&source)
                }
                Event::Wait(by) => {
                    clock.advance(millis(by));
                    sources.tick()
                }
                Event::Resume(time) => {
                    resumed = Some(time);
                    sources.resume(at(time))
                }
            };
            let now = clock.now().as_millis();
            for known in known.values_mut() {
                known.is_left_out |= limit.is_some_and(|limit| now - known.heard >= i64::try_from(limit).unwrap());
            }
            let active = || known.values().filter(|known| !known.is_left_out);
            let watermark = sources.watermark().map(Timestamp::as_millis);
            prop_assert!(watermark >= last, "it went back");
            prop_assert_eq!(moved.map(Timestamp::as_millis), watermark.filter(|_| watermark > last));
            if watermark > last && resumed.is_none() {
                prop_assert_eq!(active().map(|known| known.own).min(), Some(watermark), "it is the lowest of the active");
            }
            let lowest = active().map(|known| known.own).min().flatten();
            // A source that is expected from now on moves nothing by itself.
            if !matches!(event, Event::Expect(_) | Event::Resume(_)) {
                prop_assert!(watermark >= lowest, "it lags behind the lowest");
            }
            last = watermark;
        }
    }
}

#[test]
fn without_sources_there_is_none() {
    let mut sources = Sources::<&str>::of(Duration::ZERO).unwrap();
    assert_eq!(sources.tick(), None);
    assert_eq!(sources.leave_out(&"nobody"), None);
    assert_eq!(sources.watermark(), None);
}

#[test]
fn a_silent_source_holds_up_until_it_is_left_out_and_comes_back_without_moving_back() {
    let clock = Arc::new(ManualClock::default());
    let mut sources = Sources::of(Duration::ZERO)
        .unwrap()
        .idle_after(millis(100))
        .unwrap()
        .clock(Arc::clone(&clock));
    sources.expect("a");
    sources.expect("b");
    assert_eq!(sources.observe(&"a", at(50)), None, "b is expected");
    clock.advance(millis(99));
    assert_eq!(sources.tick(), None, "not for long enough");
    assert_eq!(sources.observe(&"a", at(51)), None);
    clock.advance(millis(1));
    assert_eq!(sources.tick(), Some(at(50)));
    assert_eq!(sources.observe(&"b", at(10)), None);
    assert_eq!(sources.watermark(), Some(at(50)));
    assert_eq!(sources.observe(&"a", at(80)), None, "b is back, and behind");
    assert_eq!(sources.observe(&"b", at(70)), Some(at(69)));
}

#[test]
fn while_all_are_left_out_it_stands() {
    let mut sources = Sources::of(Duration::ZERO).unwrap();
    assert_eq!(sources.observe(&1, at(50)), Some(at(49)));
    assert_eq!(sources.observe(&2, at(90)), None);
    assert_eq!(sources.leave_out(&1), Some(at(89)));
    assert_eq!(sources.leave_out(&2), None);
    assert_eq!(sources.watermark(), Some(at(89)));
}

#[test]
fn after_a_restart_it_goes_on_where_it_was() {
    let mut sources = Sources::of(millis(10)).unwrap();
    assert_eq!(sources.resume(at(500)), Some(at(500)));
    assert_eq!(sources.observe(&0, at(300)), None);
    assert_eq!(sources.observe(&0, at(512)), Some(at(501)));

    let mut one = BoundedOutOfOrderness::of(millis(10)).unwrap();
    assert_eq!(one.resume(at(500)), Some(at(500)));
    assert_eq!(one.observe(at(511)), None);
    assert_eq!(one.observe(at(512)), Some(at(501)));
}

#[test]
fn an_event_as_old_as_the_bound_allows_is_not_late() {
    let mut watermark = BoundedOutOfOrderness::of(millis(10)).unwrap();
    let watermark = watermark.observe(at(100)).unwrap();
    assert!(watermark < at(90));
}

#[test]
fn durations_that_are_no_milliseconds_are_refused() {
    let bound = Sources::<u8>::of(Duration::from_nanos(1)).unwrap_err();
    assert_eq!(bound.kind(), ErrorKind::Configuration);
    let silence = Sources::<u8>::of(Duration::ZERO)
        .unwrap()
        .idle_after(Duration::ZERO)
        .unwrap_err();
    assert_eq!(silence.kind(), ErrorKind::Configuration);
}
