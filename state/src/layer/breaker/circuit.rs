use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::config::CircuitBreakerLayer;
use super::permit::Permit;
use super::phase::{Phase, Probe};
use crate::clock::Timestamp;
use crate::error::{Error, ErrorKind};

/// Where a circuit breaker stands; the numbers are what metrics show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CircuitState {
    /// Calls pass.
    Closed = 0,
    /// Calls are refused; also when its time is over and no call has come since.
    Open = 1,
    /// A few calls pass, as probes.
    HalfOpen = 2,
}

/// What the layer's handles share.
///
/// `word` is all that a call looks at while the circuit is closed: the failures in a row in its low half, and how often the
/// circuit has been closed in its high half, so that a call that began before the circuit opened does not count
/// after. `NOT_CLOSED` sends everybody to the phase, which lies under a lock.
#[derive(Debug)]
pub(super) struct Circuit {
    word: AtomicU64,
    phase: Mutex<Phase>,
    /// How many probes there have been.
    probes: AtomicU64,
    options: CircuitBreakerLayer,
}

const NOT_CLOSED: u64 = 1 << 63;
const FAILURES: u64 = 0xffff_ffff;

/// A time of the circuit's life in which it was closed: `word` without its failures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Era(u64);

/// What a call says of the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Success,
    Failure,
    Neither,
}

impl Circuit {
    pub(super) fn new(options: CircuitBreakerLayer) -> Self {
        Self {
            word: AtomicU64::new(0),
            phase: Mutex::new(Phase::Closed),
            probes: AtomicU64::new(0),
            options,
        }
    }

    pub(super) fn state(&self) -> CircuitState {
        if self.word.load(Ordering::Acquire) & NOT_CLOSED == 0 {
            return CircuitState::Closed;
        }
        self.phase().state()
    }

    /// Lets a call pass, or not.
    #[inline]
    pub(super) fn admit(&self, forced: bool) -> Result<Permit<'_>, Refusal> {
        let word = self.word.load(Ordering::Acquire);
        if word & NOT_CLOSED == 0 {
            return Ok(Permit::closed(self, Era(word & !FAILURES)));
        }
        self.admit_probe(forced)
    }

    #[cold]
    fn admit_probe(&self, forced: bool) -> Result<Permit<'_>, Refusal> {
        let now = self.options.clock.now();
        let number = self.probes.fetch_add(1, Ordering::Relaxed);
        let admitted = self
            .phase()
            .admit(now, self.open_for(), self.probes(), number);
        match admitted {
            Ok(Probe::Closed) => {
                let word = self.word.load(Ordering::Acquire);
                Ok(Permit::closed(self, Era(word & !(FAILURES | NOT_CLOSED))))
            }
            Ok(probe) => Ok(Permit::probe(self, probe)),
            Err(_) if forced => Ok(Permit::probe(self, Probe::Forced)),
            Err(wait_millis) => Err(Refusal { wait_millis }),
        }
    }

    /// A call of a closed circuit has ended.
    #[inline]
    pub(super) fn ended(&self, era: Era, verdict: Verdict) {
        match verdict {
            Verdict::Success => {
                let word = self.word.load(Ordering::Relaxed);
                if word != era.0 && word & !FAILURES == era.0 {
                    // Where another call ended at the same moment, that one counts as the later.
                    let _ = self.word.compare_exchange(
                        word,
                        era.0,
                        Ordering::AcqRel,
                        Ordering::Relaxed,
                    );
                }
            }
            Verdict::Failure => self.failed(era),
            Verdict::Neither => {}
        }
    }

    #[cold]
    fn failed(&self, era: Era) {
        let threshold = u64::from(self.options.threshold.get());
        // Under the lock, so that the word and the phase change together.
        let mut phase = self.phase();
        let counted = self
            .word
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |word| {
                let failures = (word & FAILURES) + 1;
                let next = if failures < threshold {
                    failures
                } else {
                    NOT_CLOSED
                };
                (word & !FAILURES == era.0).then_some(era.0 | next)
            });
        let opens = counted.is_ok_and(|before| (before & FAILURES) + 1 >= threshold);
        if opens {
            *phase = Phase::open(self.options.clock.now());
        }
        drop(phase);
    }

    /// A probe has ended.
    #[cold]
    pub(super) fn probed(&self, probe: Probe, verdict: Verdict) {
        let now = self.options.clock.now();
        let mut phase = self.phase();
        phase.probed(probe, verdict, now, self.probes());
        if phase.state() == CircuitState::Closed {
            let word = self.word.load(Ordering::Acquire);
            if word & NOT_CLOSED != 0 {
                // The next era; 31 bits of them suffice to tell a call from one that began earlier.
                let era = (word | FAILURES).wrapping_add(1) & !NOT_CLOSED;
                self.word.store(era, Ordering::Release);
            }
        }
        drop(phase);
    }

    fn open_for(&self) -> i64 {
        i64::try_from(self.options.open_for.as_millis()).unwrap_or(i64::MAX)
    }

    fn probes(&self) -> u32 {
        self.options.probes.get()
    }

    fn phase(&self) -> MutexGuard<'_, Phase> {
        self.phase.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How many milliseconds there are from one time to another; zero where the clock was set back.
pub(super) fn since(start: Timestamp, now: Timestamp) -> i64 {
    now.as_millis().saturating_sub(start.as_millis()).max(0)
}

/// A call that may not pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Refusal {
    wait_millis: i64,
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        let wait = Duration::from_millis(refusal.wait_millis.unsigned_abs());
        Self::new(
            ErrorKind::CircuitOpen,
            format!(
                "the store has failed again and again and is left alone; nothing was sent; try again in {wait:?}"
            ),
        )
    }
}
