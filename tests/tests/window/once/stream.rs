//! What is applied: inputs out of order, watermarks, timers set and deleted, all drawn from a seed.

use std::ops::Range;

use rand::Rng as _;
use rand::rngs::StdRng;
use typed_state::Timestamp;
use typed_state::window::{Batch, TimeDomain};

pub(crate) const SOURCE: &str = "stream";

/// How many elements have the same position.
const AT_ONE_POSITION: usize = 2;

#[derive(Debug, Clone, Copy)]
enum Event {
    Input {
        key: u8,
        time: i64,
    },
    Watermark(i64),
    Timer {
        key: u8,
        time: i64,
        domain: TimeDomain,
        set: bool,
    },
}

/// A stream.
#[derive(Debug)]
pub(crate) struct Stream(Vec<Event>);

impl Stream {
    pub(crate) fn draw(positions: u64, random: &mut StdRng) -> Self {
        let mut now = 0;
        let event = |_| {
            now += random.random_range(0..6);
            let key = random.random_range(0..6);
            let time = now + random.random_range(-120..20);
            match random.random_range(0..20) {
                0..12 => Event::Input { key, time },
                12..15 => Event::Watermark(now - random.random_range(10..60)),
                kind => Event::Timer {
                    key,
                    // Few, so that the same is set again, and one that is set is deleted.
                    time: time.div_euclid(20) * 20 + 40,
                    domain: if random.random() {
                        TimeDomain::Event
                    } else {
                        TimeDomain::Processing
                    },
                    set: kind < 18,
                },
            }
        };
        let elements = positions * AT_ONE_POSITION as u64;
        Self((0..elements).map(event).collect())
    }

    /// How many positions there are.
    pub(crate) fn len(&self) -> u64 {
        (self.0.len() / AT_ONE_POSITION) as u64
    }

    /// The elements of these positions.
    pub(crate) fn batch(&self, positions: Range<u64>) -> Batch<u8, u64> {
        let mut batch = Batch::of(SOURCE);
        for (number, event) in (0_u64..).zip(&self.0) {
            let position = number / AT_ONE_POSITION as u64;
            if !positions.contains(&position) {
                continue;
            }
            let at = Timestamp::from_millis;
            let pushed = match *event {
                Event::Input { key, time } => batch.input(position, key, at(time), number),
                Event::Watermark(time) => batch.watermark(position, at(time)),
                Event::Timer {
                    key,
                    time,
                    domain,
                    set: true,
                } => batch.set_timer(position, &key, at(time), domain),
                Event::Timer {
                    key, time, domain, ..
                } => batch.delete_timer(position, &key, at(time), domain),
            };
            pushed.unwrap();
        }
        batch
    }
}
