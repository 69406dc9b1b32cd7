use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use super::config::{FaultKind, FaultPoint, Rule};
use crate::clock::{Entropy as _, SeededEntropy};

/// Draws fates: one for each call, by the seed, the operation, and how many calls of it there were.
#[derive(Debug)]
pub(super) struct Draw {
    seed: u64,
    rules: Vec<Rule>,
    calls: [AtomicU64; FaultPoint::ALL.len()],
    calm: AtomicBool,
}

impl Draw {
    pub(super) fn new(seed: u64, rules: Vec<Rule>) -> Self {
        Self {
            seed,
            rules,
            calls: Default::default(),
            calm: AtomicBool::new(false),
        }
    }

    pub(super) fn stop(&self) {
        self.calm.store(true, Ordering::Relaxed);
    }

    /// What becomes of the next call; delays are drawn.
    pub(super) fn next(&self, point: FaultPoint) -> Option<FaultKind> {
        if self.calm.load(Ordering::Relaxed) {
            return None;
        }
        let place = point as usize;
        let call = self.calls.get(place)?.fetch_add(1, Ordering::Relaxed);
        let stream = SeededEntropy::new(self.seed ^ ((place as u64 + 1) << 56));
        let entropy =
            SeededEntropy::new(stream.next_u64() ^ call.wrapping_mul(0xd1b5_4a32_d192_ed03));
        let mut share = unit(entropy.next_u64());
        let time = unit(entropy.next_u64());
        for rule in self.rules.iter().filter(|rule| rule.point == point) {
            if share < rule.probability {
                return Some(match rule.kind {
                    FaultKind::Delay(most) => FaultKind::Delay(scaled(most, time)),
                    FaultKind::Ghost(most) => FaultKind::Ghost(scaled(most, time)),
                    kind => kind,
                });
            }
            share -= rule.probability;
        }
        None
    }
}

fn scaled(most: Duration, share: f64) -> Duration {
    Duration::try_from_secs_f64(most.as_secs_f64() * share).unwrap_or(most)
}

/// From 0 to below 1.
fn unit(bits: u64) -> f64 {
    let bits = u32::try_from(bits >> 32).unwrap_or(u32::MAX);
    f64::from(bits) / (f64::from(u32::MAX) + 1.0)
}
