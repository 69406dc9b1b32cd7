//! What comes out of windows is a function of the elements alone: for every kind of windows it is what a naive model says,
//! however the stream is cut into batches and whoever applies it.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod model;

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::time::Duration;

use proptest::prelude::*;
use typed_state::backends::Memory;
use typed_state::window::{
    Batch, Emission, Emit, Hopping, Session, Sliding, Timing, Tumbling, Window, Windowing,
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
    lateness: u64,
    shards: u32,
) -> typed_state::window::Windows<Memory, u8, Inputs, W> {
    store
        .windows::<u8, Inputs, _>(NAME, windowing.clone())
        .shards(NonZeroU32::new(shards).unwrap())
        .emit(Emit::on_close().allowed_lateness(Duration::from_millis(lateness)))
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
    lateness: u64,
    shards: u32,
    events: &[Event],
    cuts: &[(usize, bool, usize)],
) -> Seen {
    let store = Store::new(Memory::new());
    let mut windows = open(&store, windowing, lateness, shards).await;
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
            windows = open(&store, windowing, lateness, shards).await;
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

/// The results of windows that closed.
fn results(seen: &Seen) -> Rows {
    let mut rows = Rows::new();
    for (_, emission) in &seen.out {
        match emission {
            Emission::Result {
                key,
                window,
                timing,
                number,
                output,
            } => {
                assert_eq!((*timing, *number), (Timing::OnTime, 0));
                let (start, end) = (window.start().as_millis(), window.end().as_millis());
                let before = rows.insert((*key, start, end), output.0.clone());
                assert_eq!(before, None, "told twice");
            }
            other => panic!("{other:?}"),
        }
    }
    rows
}

fn check<W: Windowing<Inputs>>(
    windowing: &W,
    kind: Kind,
    lateness: u64,
    events: &[Event],
    cuts: &[(usize, bool, usize)],
) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let whole = run(windowing, lateness, 1, events, &[(usize::MAX, false, 0)]).await;
        let cut = run(windowing, lateness, 1, events, cuts).await;
        assert_eq!(whole, cut, "cut into batches");
        let (rows, late) = model::answer(kind, lateness as i64, events);
        assert_eq!(whole.late, late, "late");
        if lateness == 0 {
            assert_eq!(results(&whole), rows, "results");
        }
        let mut sharded = run(windowing, lateness, 3, events, cuts).await;
        let mut single = whole.out;
        let shard = |out: &mut Vec<(u32, Emission<u8, Numbers>)>| {
            // Of one key the order is the same.
            out.sort_by_key(|(_, emission)| *emission.key());
            out.iter_mut().for_each(|(shard, _)| *shard = 0);
        };
        shard(&mut sharded.out);
        shard(&mut single);
        assert_eq!(sharded.out, single, "shards");
        assert_eq!(sharded.open, whole.open, "open windows of shards");
    });
}

const fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn tumbling(events in events(), cuts in cuts(), size in 1_u64..30, offset in 0_u64..30, lateness in 0_u64..20) {
        let offset = offset % size;
        let windowing = Tumbling::of(millis(size)).unwrap().offset(millis(offset)).unwrap();
        let kind = Kind::Hopping { size: size as i64, advance: size as i64, offset: offset as i64 };
        check(&windowing, kind, lateness * (size % 2), &events, &cuts);
    }

    #[test]
    fn hopping(events in events(), cuts in cuts(), size in 1_u64..30, advance in 1_u64..30, offset in 0_u64..30, lateness in 0_u64..20) {
        let advance = advance.min(size);
        let offset = offset % advance;
        let windowing = Hopping::of(millis(size), millis(advance)).unwrap().offset(millis(offset)).unwrap();
        let kind = Kind::Hopping { size: size as i64, advance: advance as i64, offset: offset as i64 };
        check(&windowing, kind, lateness * (size % 2), &events, &cuts);
    }

    #[test]
    fn sessions(events in events(), cuts in cuts(), gap in 1_u64..20, lateness in 0_u64..20) {
        let windowing = Session::with_gap(millis(gap)).unwrap();
        check(&windowing, Kind::Session { gap: gap as i64 }, lateness * (gap % 2), &events, &cuts);
    }

    #[test]
    fn sliding(events in events(), cuts in cuts(), difference in 1_u64..20, lateness in 0_u64..20) {
        let windowing = Sliding::of(millis(difference)).unwrap();
        check(&windowing, Kind::Sliding { difference: difference as i64 }, lateness * (difference % 2), &events, &cuts);
    }
}
