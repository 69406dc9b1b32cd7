use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use redis::Value;

/// How long a reading of a server's clock is good for.
const GOOD_FOR: Duration = Duration::from_secs(30);
/// A reading whose answer took longer is taken again soon: the clock may stand that much later than it says.
const CLEAR: Duration = Duration::from_millis(50);

/// The clock of the server at the other end of a connection.
///
/// A deadline that it gives is early by the time that the answer to `TIME` travelled, and never late.
pub(super) struct ServerClock {
    /// What the two numbers below count from.
    birth: Instant,
    /// Microseconds of Unix time at the server when `birth` was.
    at_birth: AtomicI64,
    /// Milliseconds after `birth` from which the clock is to be read again.
    stale_at: AtomicU64,
}

impl ServerClock {
    /// From the answer to a `TIME` that was sent at `sent` and answered now.
    pub(super) fn read(sent: Instant, answer: &Value) -> Option<Self> {
        let clock = Self {
            birth: sent,
            at_birth: AtomicI64::new(0),
            stale_at: AtomicU64::new(0),
        };
        clock.set(sent, Instant::now(), micros(answer)?);
        Some(clock)
    }

    /// Takes a newer answer, unless it was so long on its way that the older one is better.
    pub(super) fn renew(&self, sent: Instant, answer: &Value) {
        let now = Instant::now();
        let Some(micros) = micros(answer) else { return };
        if now.duration_since(sent) <= CLEAR {
            self.set(sent, now, micros);
        }
    }

    /// Whether the clock should be read again; says so to one caller a second.
    pub(super) fn is_due(&self) -> bool {
        let now = self.since_birth(Instant::now());
        let stale_at = self.stale_at.load(Ordering::Relaxed);
        now >= stale_at
            && self
                .stale_at
                .compare_exchange(stale_at, now + 1000, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok()
    }

    /// `deadline` in milliseconds of Unix time by the server's clock.
    pub(super) fn deadline(&self, deadline: Instant) -> i64 {
        let after = deadline.saturating_duration_since(self.birth).as_micros();
        let after = i64::try_from(after).unwrap_or(i64::MAX);
        self.at_birth.load(Ordering::Relaxed).saturating_add(after) / 1000
    }

    fn set(&self, sent: Instant, received: Instant, micros: i64) {
        let elapsed = received.duration_since(self.birth).as_micros();
        let elapsed = i64::try_from(elapsed).unwrap_or(i64::MAX);
        let clear = received.duration_since(sent) <= CLEAR;
        let good_for = if clear {
            GOOD_FOR
        } else {
            Duration::from_secs(1)
        };
        self.at_birth
            .store(micros.saturating_sub(elapsed), Ordering::Relaxed);
        self.stale_at
            .store(self.since_birth(received + good_for), Ordering::Relaxed);
    }

    fn since_birth(&self, instant: Instant) -> u64 {
        let elapsed = instant.saturating_duration_since(self.birth).as_millis();
        u64::try_from(elapsed).unwrap_or(u64::MAX)
    }
}

/// The answer to `TIME`: seconds and microseconds.
fn micros(answer: &Value) -> Option<i64> {
    let Value::Array(parts) = answer else {
        return None;
    };
    let [Value::BulkString(seconds), Value::BulkString(rest)] = parts.as_slice() else {
        return None;
    };
    let number = |bytes| std::str::from_utf8(bytes).ok()?.parse::<u32>().ok();
    let seconds = std::str::from_utf8(seconds).ok()?.parse::<u64>().ok()?;
    let micros = i64::from(number(rest)?);
    i64::try_from(seconds)
        .ok()?
        .checked_mul(1_000_000)?
        .checked_add(micros)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(seconds: &str, micros: &str) -> Value {
        Value::Array(vec![
            Value::BulkString(seconds.into()),
            Value::BulkString(micros.into()),
        ])
    }

    #[test]
    fn a_deadline_is_early_and_never_late() {
        let sent = Instant::now();
        let clock = ServerClock::read(sent, &time("1000", "999")).unwrap();
        let received = Instant::now();
        let in_a_second = clock.deadline(received + Duration::from_secs(1));
        assert!(
            (1_000_999..=1_001_001).contains(&in_a_second),
            "{in_a_second}"
        );
        assert!(clock.deadline(sent) <= 1_000_000);
    }

    #[test]
    fn a_step_of_the_clock_is_followed() {
        let sent = Instant::now();
        let clock = ServerClock::read(sent, &time("1000", "0")).unwrap();
        assert!(!clock.is_due());
        clock.renew(Instant::now(), &time("500", "0"));
        assert!(clock.deadline(Instant::now()) / 1000 == 500);
        clock.renew(sent, &Value::Nil);
        assert!(clock.deadline(Instant::now()) / 1000 == 500);
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for answer in [
            Value::Nil,
            Value::Array(vec![]),
            time("", ""),
            time("-1", "0"),
            time("1", "-1"),
            time("99999999999999999999", "0"),
            time("9223372036854775807", "0"),
            time("1", "x"),
        ] {
            assert!(
                ServerClock::read(Instant::now(), &answer).is_none(),
                "{answer:?}"
            );
        }
    }
}
