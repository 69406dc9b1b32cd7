use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How many warnings there are in a second at the most.
const PER_SECOND: u32 = 10;
const SECOND: Duration = Duration::from_secs(1);

/// Which slow requests are told.
#[derive(Debug)]
pub(super) struct SlowLog {
    pub(super) threshold: Duration,
    window: Mutex<Window>,
}

/// A second, and what was told in it.
#[derive(Debug, Default)]
struct Window {
    begun: Option<Instant>,
    told: u32,
    /// Left out since the last that was told.
    left_out: u64,
}

impl SlowLog {
    pub(super) fn new(threshold: Duration) -> Self {
        Self {
            threshold,
            window: Mutex::default(),
        }
    }

    /// Whether a slow request that ended `now` is told; then also how many were left out since the last.
    pub(super) fn admit(&self, now: Instant) -> Option<u64> {
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        let is_over = |begun: Instant| now.saturating_duration_since(begun) >= SECOND;
        if window.begun.is_none_or(is_over) {
            window.begun = Some(now);
            window.told = 0;
        }
        if window.told == PER_SECOND {
            window.left_out += 1;
            return None;
        }
        window.told += 1;
        Some(std::mem::take(&mut window.left_out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_in_a_second_are_told_and_the_rest_is_counted() {
        let log = SlowLog::new(Duration::ZERO);
        let begun = Instant::now();
        let told = (0..25).filter(|_| log.admit(begun).is_some()).count();
        assert_eq!(told, 10);
        let almost = begun + SECOND.checked_sub(Duration::from_nanos(1)).unwrap();
        assert_eq!(log.admit(almost), None);
        assert_eq!(log.admit(begun + SECOND), Some(16));
        assert_eq!(log.admit(begun + SECOND), Some(0));
    }
}
