//! What comes out of windows is a function of the elements alone: for every kind of windows it is what a naive model says,
//! however the stream is cut into batches and whoever applies it.

mod model;

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::time::Duration;

use proptest::prelude::*;
use typed_state::backends::Memory;
use typed_state::window::{
    Batch, Emission, Emit, Hopping, Session, Sliding, Tumbling, Updates, Window, Windowing,
};
use typed_state::{Store, Timestamp};
use typed_state_tests::{Inputs, Numbers};

use self::model::{Kind, Rows};

/// An input of one of a few keys, or a watermark.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Event {
    Input { key: u8, time: i64 },
    Watermark(i64),
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let time = prop_oneof![-60_i64..60, Just(-1), Just(0), Just(10)];
    let event = prop_oneof![
        6 => (0_u8..3, time.clone()).prop_map(|(key, time)| Event::Input { key, time }),
        1 => time.prop_map(Event::Watermark),
    ];
    // Watermarks follow the inputs, more or less.
    proptest::collection::vec(event, 0..60)
}

/// How a stream is cut, and whether somebody else goes on after each batch, having begun a bit before.
fn cuts() -> impl Strategy<Value = Vec<(usize, bool, usize)>> {
    proptest::collection::vec((1_usize..15, any::<bool>(), 0_usize..20), 1..10)
}

const NAME: &str = "law";

async fn open<W: Windowing<Inputs>>(
    store: &Store<Memory>,
    windowing: &W,
    emit: Emit,
    shards: u32,
) -> typed_state::window::Windows<Memory, u8, Inputs, W> {
    store
        .windows::<u8, Inputs, _>(NAME, windowing.clone())
        .shards(NonZeroU32::new(shards).unwrap())
        .emit(emit)
        .open()
        .await
        .unwrap()
}

fn batch(events: &[Event], from: usize, to: usize) -> Batch<u8, u64> {
    let mut batch = Batch::of("source");
    for (place, event) in events.iter().enumerate().take(to).skip(from) {
        let position = place as u64;
        match event {
            Event::Input { key, time } => {
                let time = Timestamp::from_millis(*time);
                batch.input(position, *key, time, position).unwrap();
            }
            Event::Watermark(time) => {
                let time = Timestamp::from_millis(*time);
                batch.watermark(position, time).unwrap();
            }
        }
    }
    batch
}

/// What came out, and what was late.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    /// Of each shard, in order.
    out: Vec<(u32, Emission<u8, Numbers>)>,
    late: Vec<u64>,
    open: BTreeMap<(u8, Window), Numbers>,
}

async fn run<W: Windowing<Inputs>>(
    windowing: &W,
    emit: Emit,
    shards: u32,
    events: &[Event],
    cuts: &[(usize, bool, usize)],
) -> Seen {
    let store = Store::new(Memory::new());
    let mut windows = open(&store, windowing, emit, shards).await;
    let mut late = Vec::new();
    let mut cuts = cuts.iter().cycle();
    let (mut from, mut done) = (0, 0);
    while done < events.len() {
        let (size, dies, again) = cuts.next().unwrap();
        done = done.saturating_add(*size).min(events.len());
        let applied = windows.apply(batch(events, from, done)).await.unwrap();
        late.extend(applied.late.into_iter().map(|late| late.position));
        from = done;
        if *dies {
            windows = open(&store, windowing, emit, shards).await;
            assert_eq!(
                windows.position("source").await.unwrap(),
                Some(done as u64 - 1)
            );
            from = done - done.min(*again);
        }
    }
    let out = windows.outbox().read(usize::MAX).await.unwrap();
    let open = windows.between(..).await.unwrap().into_iter();
    Seen {
        open: open
            .map(|open| ((open.key, open.window), open.output))
            .collect(),
        out: out
            .into_iter()
            .map(|delivery| (delivery.shard, delivery.emission))
            .collect(),
        late,
    }
}

/// What a consumer believes who acts on all that comes out, in its order.
fn believed(seen: &Seen, updates: Updates) -> Rows {
    let mut rows = Rows::new();
    for (_, emission) in &seen.out {
        let place = |key: &u8, window: &Window| {
            let (start, end) = (window.start().as_millis(), window.end().as_millis());
            (*key, start, end)
        };
        match emission {
            Emission::Result {
                key,
                window,
                number,
                output,
                ..
            } => {
                let told = rows.entry(place(key, window)).or_default();
                match updates {
                    Updates::Accumulate => told.clone_from(&output.0),
                    Updates::Discard => told.extend(&output.0),
                    Updates::Retract => {
                        assert_eq!(*told, Vec::<u64>::new(), "not taken back");
                        told.clone_from(&output.0);
                    }
                }
                told.sort_unstable();
                assert!(*number > 0 || !told.is_empty());
            }
            Emission::Retraction {
                key,
                window,
                output,
            } => {
                let told = rows.remove(&place(key, window)).unwrap();
                if updates == Updates::Retract {
                    assert_eq!(output.as_ref().map(|output| &output.0), Some(&told));
                }
            }
            other => panic!("{other:?}"),
        }
    }
    rows
}

/// A stream, and how its windows are opened and told of.
#[derive(Debug, Clone)]
struct Case {
    events: Vec<Event>,
    cuts: Vec<(usize, bool, usize)>,
    lateness: i64,
    each: Option<u64>,
    updates: Updates,
}

fn cases() -> impl Strategy<Value = Case> {
    let lateness = prop_oneof![Just(0), 0_i64..20];
    let updates = prop_oneof![
        Just(Updates::Accumulate),
        Just(Updates::Retract),
        Just(Updates::Discard),
    ];
    let each = proptest::option::of(1_u64..4);
    (events(), cuts(), lateness, each, updates).prop_map(
        |(events, cuts, lateness, each, updates)| Case {
            events,
            cuts,
            lateness,
            each,
            updates,
        },
    )
}

fn check<W: Windowing<Inputs>>(windowing: &W, kind: Kind, case: &Case) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let mut emit = Emit::on_close()
        .allowed_lateness(millis(case.lateness))
        .updates(case.updates);
    if let Some(each) = case.each {
        emit = emit.early_each(each);
    }
    let (events, cuts) = (&case.events, &case.cuts);
    runtime.block_on(async {
        let whole = run(windowing, emit, 1, events, &[(usize::MAX, false, 0)]).await;
        let cut = run(windowing, emit, 1, events, cuts).await;
        assert_eq!(whole, cut, "cut into batches");

        let answer = model::answer(kind, case.lateness, events);
        assert_eq!(whole.late, answer.late, "late");
        let (mut closed, mut open) = (believed(&whole, case.updates), Rows::new());
        closed.retain(|window, inputs| {
            let is_closed = window.2 - 1 <= answer.watermark;
            if !is_closed {
                open.insert(*window, inputs.clone());
            }
            is_closed
        });
        assert_eq!(closed, answer.closed, "results");
        for (window, inputs) in &open {
            let whole = answer.open.get(window).unwrap();
            let is_part = inputs.iter().all(|input| whole.contains(input));
            assert!(case.each.is_some() && is_part, "{window:?} {inputs:?}");
        }

        let mut sharded = run(windowing, emit, 3, events, cuts).await;
        let mut single = whole.out;
        let by_key = |out: &mut Vec<(u32, Emission<u8, Numbers>)>| {
            // Of one key the order is the same.
            out.sort_by_key(|(_, emission)| *emission.key());
            for (shard, _) in out {
                *shard = 0;
            }
        };
        by_key(&mut sharded.out);
        by_key(&mut single);
        assert_eq!(sharded.out, single, "shards");
        assert_eq!(sharded.open, whole.open, "open windows of shards");
    });
}

const fn millis(millis: i64) -> Duration {
    Duration::from_millis(millis.unsigned_abs())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn tumbling(case in cases(), size in 1_i64..30, offset in 0_i64..30) {
        let offset = offset % size;
        let windowing = Tumbling::of(millis(size)).unwrap().offset(millis(offset)).unwrap();
        check(&windowing, Kind::Hopping { size, advance: size, offset }, &case);
    }

    #[test]
    fn hopping(case in cases(), size in 1_i64..30, advance in 1_i64..30, offset in 0_i64..30) {
        let advance = advance.min(size);
        let offset = offset % advance;
        let windowing = Hopping::of(millis(size), millis(advance)).unwrap().offset(millis(offset)).unwrap();
        check(&windowing, Kind::Hopping { size, advance, offset }, &case);
    }

    #[test]
    fn sessions(mut case in cases(), gap in 1_i64..20) {
        // What a session has told stays told when it becomes part of a larger one, so sums of parts are not of one window.
        if case.updates == Updates::Discard {
            case.updates = Updates::Accumulate;
        }
        let windowing = Session::with_gap(millis(gap)).unwrap();
        check(&windowing, Kind::Session { gap }, &case);
    }

    #[test]
    fn sliding(mut case in cases(), difference in 1_i64..20) {
        if case.updates == Updates::Discard {
            case.updates = Updates::Retract;
        }
        let windowing = Sliding::of(millis(difference)).unwrap();
        check(&windowing, Kind::Sliding { difference }, &case);
    }
}
