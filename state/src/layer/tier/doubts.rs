use std::hash::{BuildHasher as _, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::backend::Key;

/// Over how many moments the keys are spread.
const STRIPES: usize = 1 << u8::BITS;

/// Until when this process trusts no copy of a key, because the upper store could not be told of a write.
#[derive(Debug)]
pub(super) struct Doubts {
    /// Milliseconds since `began`; zero where there never was a doubt.
    until: Box<[AtomicU64; STRIPES]>,
    began: Instant,
    hasher: RandomState,
}

impl Doubts {
    pub(super) fn new() -> Self {
        Self {
            until: Box::new(std::array::from_fn(|_| AtomicU64::new(0))),
            began: Instant::now(),
            hasher: RandomState::new(),
        }
    }

    /// Doubts copies of this key for so long from now on.
    pub(super) fn raise(&self, key: &Key, lasting: Duration) {
        let until = self.began.elapsed().saturating_add(lasting);
        self.of(key).fetch_max(millis(until), Ordering::AcqRel);
    }

    pub(super) fn has(&self, key: &Key) -> bool {
        match self.of(key).load(Ordering::Acquire) {
            0 => false,
            until => millis(self.began.elapsed()) <= until,
        }
    }

    #[allow(
        clippy::indexing_slicing,
        reason = "there are as many stripes as a byte has values"
    )]
    fn of(&self, key: &Key) -> &AtomicU64 {
        let [place, ..] = self.hasher.hash_one(key).to_le_bytes();
        &self.until[usize::from(place)]
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_doubt_is_over_after_its_time() {
        let doubts = Doubts::new();
        let key = Key::new(&b"seat\x00a"[..], 6).unwrap();
        assert!(!doubts.has(&key));
        doubts.raise(&key, Duration::from_millis(20));
        doubts.raise(&key, Duration::ZERO);
        assert!(doubts.has(&key));
        std::thread::sleep(Duration::from_millis(30));
        assert!(!doubts.has(&key));
    }
}
