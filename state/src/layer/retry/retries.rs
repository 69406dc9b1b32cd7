use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::ErrorKind;

/// How often something was tried again, by what the attempt before came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Retries {
    /// The store could not be reached.
    pub unavailable: u64,
    /// It had no more time.
    pub timeout: u64,
    /// The circuit breaker refused it.
    pub circuit_open: u64,
    /// Its answer was lost.
    pub outcome_unknown: u64,
    /// Commits of which a later attempt showed that an earlier one had applied them.
    pub settled: u64,
}

#[derive(Debug, Default)]
pub(super) struct Counts {
    unavailable: AtomicU64,
    timeout: AtomicU64,
    circuit_open: AtomicU64,
    outcome_unknown: AtomicU64,
    settled: AtomicU64,
}

impl Counts {
    pub(super) fn again(&self, kind: ErrorKind) {
        let count = match kind {
            ErrorKind::Timeout => &self.timeout,
            ErrorKind::CircuitOpen => &self.circuit_open,
            ErrorKind::OutcomeUnknown => &self.outcome_unknown,
            _ => &self.unavailable,
        };
        count.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn settled(&self) {
        self.settled.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn read(&self) -> Retries {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Retries {
            unavailable: read(&self.unavailable),
            timeout: read(&self.timeout),
            circuit_open: read(&self.circuit_open),
            outcome_unknown: read(&self.outcome_unknown),
            settled: read(&self.settled),
        }
    }
}
