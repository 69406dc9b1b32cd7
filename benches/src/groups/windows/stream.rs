use rand::Rng as _;
use rand::rngs::SmallRng;

use crate::data::rng;

/// Events of one batch.
pub(super) const BATCH: usize = 1_000;

/// How long a window is, in milliseconds.
pub(super) const WINDOW: i64 = 60_000;

/// Something that happened.
#[derive(Debug, Clone, Copy)]
pub(super) struct Event {
    pub(super) key: u64,
    /// In milliseconds.
    pub(super) time: i64,
    pub(super) amount: i64,
}

impl Event {
    /// Where its window begins.
    pub(super) const fn window(&self) -> i64 {
        self.time - self.time.rem_euclid(WINDOW)
    }
}

/// Events of random keys, a millisecond from one to the next: a window has six of each of 10,000 keys.
#[derive(Debug)]
pub(super) struct Stream {
    rng: SmallRng,
    keys: u64,
    time: i64,
}

impl Stream {
    pub(super) fn of(keys: u64) -> Self {
        Self {
            rng: rng(),
            keys,
            time: 0,
        }
    }

    pub(super) fn batch(&mut self) -> Vec<Event> {
        let events = (0..BATCH).map(|_| {
            self.time += 1;
            Event {
                key: self.rng.random_range(0..self.keys),
                time: self.time,
                amount: self.rng.random_range(-1_000..1_000),
            }
        });
        events.collect()
    }
}
