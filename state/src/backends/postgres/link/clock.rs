use std::time::{Duration, Instant};

/// A reading whose answer took longer is taken only where there is no other.
const CLEAR: Duration = Duration::from_millis(50);
/// How long a reading is good for.
const GOOD_FOR: Duration = Duration::from_secs(30);

/// The clock of the server at the other end of a connection, in milliseconds of Unix time.
///
/// A deadline that it gives is early by the time that the answer travelled, and never late.
#[derive(Debug)]
pub(super) struct ServerClock {
    /// When the server said `millis`, or later.
    heard: Instant,
    millis: i64,
}

impl ServerClock {
    /// The server said `millis`, and it was heard now.
    pub(super) fn read(millis: i64) -> Self {
        Self {
            heard: Instant::now(),
            millis,
        }
    }

    /// Takes a newer answer to a question of `sent`, unless it was so long on its way that the older one is better.
    pub(super) fn renew(&mut self, sent: Instant, millis: i64) {
        if sent.elapsed() <= CLEAR {
            *self = Self::read(millis);
        }
    }

    pub(super) fn is_stale(&self) -> bool {
        self.heard.elapsed() > GOOD_FOR
    }

    /// `deadline` by the server's clock.
    pub(super) fn deadline(&self, deadline: Instant) -> i64 {
        let after = deadline.saturating_duration_since(self.heard).as_millis();
        let after = i64::try_from(after).unwrap_or(i64::MAX);
        self.millis.saturating_add(after)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_is_early_and_never_late() {
        let clock = ServerClock::read(1_000_000);
        let heard = Instant::now();
        let in_a_second = clock.deadline(heard + Duration::from_secs(1));
        assert!(
            (1_000_999..=1_001_001).contains(&in_a_second),
            "{in_a_second}"
        );
        assert_eq!(clock.deadline(clock.heard), 1_000_000);
    }

    #[test]
    fn a_step_of_the_clock_is_followed_unless_the_answer_was_late() {
        let mut clock = ServerClock::read(1_000_000);
        clock.renew(Instant::now(), 500_000);
        assert_eq!(clock.deadline(Instant::now()) / 1000, 500);
        if let Some(long_ago) = Instant::now().checked_sub(Duration::from_secs(1)) {
            clock.renew(long_ago, 0);
            assert_eq!(clock.deadline(Instant::now()) / 1000, 500);
        }
    }
}
