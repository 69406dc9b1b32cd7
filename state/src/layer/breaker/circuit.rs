use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::config::CircuitBreakerLayer;
use super::permit::Pass;
use super::phase::{Phase, Probe};
use super::window::Window;
use crate::backend::Node;
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

/// The circuit of one node.
///
/// `word` is all that a call looks at while the circuit is closed and nothing has failed lately: how often the circuit has
/// been closed, so that a call that began before the circuit opened does not count after. `NOT_CLOSED` and `FAILING`
/// send everybody to the phase, which lies under a lock; both change under it.
#[derive(Debug)]
pub(super) struct Circuit {
    word: AtomicU64,
    phase: Mutex<Phase>,
    /// How many probes there have been.
    probes: AtomicU64,
    options: CircuitBreakerLayer,
}

const NOT_CLOSED: u64 = 1 << 63;
/// There are failures that successes must be held against.
const FAILING: u64 = 1 << 62;
const ERA: u64 = FAILING - 1;

/// A time of the circuit's life in which it was closed.
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
            phase: Mutex::new(Phase::closed()),
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

    /// Lets a call pass where the circuit is closed. Nothing need be given back when it ends.
    #[inline]
    pub(super) fn closed(&self) -> Option<Era> {
        let word = self.word.load(Ordering::Acquire);
        (word & NOT_CLOSED == 0).then_some(Era(word & ERA))
    }

    /// Lets a call pass, or not.
    pub(super) fn admit(&self, forced: bool) -> Result<Pass, Refusal> {
        match self.closed() {
            Some(era) => Ok(Pass::Closed(era)),
            None => self.admit_probe(forced),
        }
    }

    #[cold]
    fn admit_probe(&self, forced: bool) -> Result<Pass, Refusal> {
        let now = self.options.clock.now();
        let number = self.probes.fetch_add(1, Ordering::Relaxed);
        let admitted = self
            .phase()
            .admit(now, self.open_for(), self.probes(), number);
        match admitted {
            Ok(Probe::Closed) => {
                let word = self.word.load(Ordering::Acquire);
                Ok(Pass::Closed(Era(word & ERA)))
            }
            Ok(probe) => Ok(Pass::Probe(probe)),
            Err(_) if forced => Ok(Pass::Probe(Probe::Forced)),
            Err(wait_millis) => Err(Refusal {
                wait_millis,
                node: Node::ONLY,
            }),
        }
    }

    /// A call of a closed circuit has ended.
    #[inline]
    pub(super) fn ended(&self, era: Era, verdict: Verdict) {
        let nothing_failed = || self.word.load(Ordering::Relaxed) == era.0;
        match verdict {
            // Where a failure comes at the same moment, the success counts as the earlier.
            Verdict::Success if nothing_failed() => {}
            Verdict::Success => self.count(era, false),
            Verdict::Failure => self.count(era, true),
            Verdict::Neither => {}
        }
    }

    #[cold]
    fn count(&self, era: Era, failed: bool) {
        let mut phase = self.phase();
        let Phase::Closed { window } = &mut *phase else {
            return;
        };
        if self.word.load(Ordering::Relaxed) & ERA != era.0 {
            return;
        }
        let mark = if failed && window.failed(&self.options) {
            *phase = Phase::open(self.options.clock.now());
            NOT_CLOSED
        } else if !failed && window.succeeded(&self.options) {
            *window = Window::default();
            0
        } else {
            FAILING
        };
        self.word.store(era.0 | mark, Ordering::Release);
        drop(phase);
    }

    /// A probe has ended.
    #[cold]
    pub(super) fn probed(&self, probe: Probe, verdict: Verdict) {
        let now = self.options.clock.now();
        let mut phase = self.phase();
        phase.probed(probe, verdict, now, self.probes());
        if phase.state() == CircuitState::Closed {
            let word = self.word.load(Ordering::Relaxed);
            if word & NOT_CLOSED != 0 {
                // 62 bits of eras do not come round.
                self.word.store((word & ERA) + 1, Ordering::Release);
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    wait_millis: i64,
    node: Node,
}

impl Refusal {
    /// The same, by the circuit of a node.
    pub(super) fn of(mut self, node: Node) -> Self {
        self.node = node;
        self
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        let Refusal { wait_millis, node } = refusal;
        let wait = Duration::from_millis(wait_millis.unsigned_abs());
        let who = match node.name() {
            "" => "the store".to_owned(),
            name => format!("the store at {name}"),
        };
        Self::new(
            ErrorKind::CircuitOpen,
            format!(
                "{who} has failed again and again and is left alone; nothing was sent; try again in {wait:?}"
            ),
        )
        .at_node(node)
    }
}
