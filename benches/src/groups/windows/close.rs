use std::time::{Duration, Instant};

use typed_state::backend::Backend;

use super::Bench;
use super::hand::Hand;
use super::stream::{Event, WINDOW};
use crate::Result;
use crate::harness::{Contest, Figure};
use crate::workers::Workers;

/// Windows that close at once, and those that are closed by hand and stand for them.
const CLOSED: u64 = 1_000;
const BY_HAND: u64 = 100;

/// A watermark that closes a window of each of many keys, against one after the other.
pub(super) fn figure<B: Backend, H: Hand>(
    bench: &mut Bench<B, H>,
    workers: &Workers,
) -> Result<Figure> {
    // What the contests before have left closes once, and does not count.
    let mut end = 1 << 40;
    end -= end % WINDOW;
    workers.block_on(async {
        bench.ours.close(end).await?;
        bench.ours.take().await
    })?;
    let mut window = end;
    let contest = Contest::new(
        format!("windows/advance-{}", bench.place),
        "a get, a put and a delete each",
        10.0,
    );
    contest.in_batches_of(CLOSED).hold(
        &bench.budget,
        &mut |turns| {
            workers.block_on(async {
                let mut took = Duration::ZERO;
                for _ in 0..turns {
                    bench.ours.apply(&events(end, CLOSED)).await?;
                    end += WINDOW;
                    let start = Instant::now();
                    bench.ours.close(end).await?;
                    took += start.elapsed();
                    if bench.ours.take().await? as u64 != CLOSED {
                        return Err("not all windows closed".into());
                    }
                }
                Ok(took)
            })
        },
        &mut |turns| {
            workers.block_on(async {
                let mut took = Duration::ZERO;
                for _ in 0..turns {
                    for event in events(window, BY_HAND) {
                        bench.hand.add(&event).await?;
                    }
                    let start = Instant::now();
                    for key in 0..BY_HAND {
                        bench.hand.close(key, window).await?;
                    }
                    took += start.elapsed() * u32::try_from(CLOSED / BY_HAND)?;
                    window += WINDOW;
                }
                Ok(took)
            })
        },
    )
}

/// An event of each key.
fn events(time: i64, keys: u64) -> Vec<Event> {
    let events = (0..keys).map(|key| Event {
        key,
        time,
        amount: 1,
    });
    events.collect()
}
