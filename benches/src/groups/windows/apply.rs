use std::time::{Duration, Instant};

use futures_util::future::try_join_all;
use typed_state::backend::Backend;

use super::Bench;
use super::hand::Hand;
use super::stream::{BATCH, Event, Stream};
use crate::harness::{Contest, Figure};
use crate::workers::Workers;
use crate::{Error, Result};

const KEYS: u64 = 10_000;
/// By hand it takes so much longer that a part of the events is enough, and stands for all.
const PART: usize = 10;
const TASKS: u64 = 64;

/// A batch of ours against an event after the other.
pub(super) fn one_by_one<B: Backend, H: Hand>(
    bench: &mut Bench<B, H>,
    workers: &Workers,
) -> Result<Figure> {
    let name = format!("windows/apply-{}", bench.place);
    hold(
        bench,
        workers,
        Contest::new(name, H::NAME, 10.0),
        &async |hand: &H, events: &[Event]| {
            let part = events.get(..events.len() / PART).unwrap_or(events);
            let start = Instant::now();
            for event in part {
                hand.add(event).await?;
            }
            Ok(start.elapsed() * u32::try_from(PART)?)
        },
    )
}

/// The same against many at once, divided by their keys.
pub(super) fn at_once<B: Backend, H: Hand>(
    bench: &mut Bench<B, H>,
    workers: &Workers,
) -> Result<Figure> {
    let name = format!("windows/apply-{}-64", bench.place);
    hold(
        bench,
        workers,
        Contest::new(name, H::NAME, None),
        &async |hand: &H, events: &[Event]| {
            let start = Instant::now();
            let tasks = (0..TASKS).map(async |task| {
                for event in events.iter().filter(|event| event.key % TASKS == task) {
                    hand.add(event).await?;
                }
                Ok::<_, Error>(())
            });
            try_join_all(tasks).await?;
            Ok(start.elapsed())
        },
    )
}

fn hold<B: Backend, H: Hand>(
    bench: &mut Bench<B, H>,
    workers: &Workers,
    contest: Contest,
    by_hand: &impl AsyncFn(&H, &[Event]) -> Result<Duration>,
) -> Result<Figure> {
    let (mut ours, mut theirs) = (Stream::of(KEYS), Stream::of(KEYS));
    contest.in_batches_of(BATCH as u64).hold(
        &bench.budget,
        &mut |batches| {
            workers.block_on(async {
                let mut took = Duration::ZERO;
                for _ in 0..batches {
                    let events = ours.batch();
                    let start = Instant::now();
                    bench.ours.apply(&events).await?;
                    took += start.elapsed();
                }
                Ok(took)
            })
        },
        &mut |batches| {
            workers.block_on(async {
                let mut took = Duration::ZERO;
                for _ in 0..batches {
                    took += by_hand(&bench.hand, &theirs.batch()).await?;
                }
                Ok(took)
            })
        },
    )
}
