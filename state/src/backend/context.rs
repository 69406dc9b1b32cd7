use std::time::{Duration, Instant};

use crate::error::{Error, ErrorKind, Result};

/// When a caller stops waiting. Local to this process and monotonic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Deadline(Instant);

impl Deadline {
    /// `timeout` from now; `None` where that is beyond what the clock can hold.
    pub fn after(timeout: Duration) -> Option<Self> {
        Instant::now().checked_add(timeout).map(Self)
    }

    /// At `instant`.
    pub const fn at(instant: Instant) -> Self {
        Self(instant)
    }

    /// The time left, zero once it has passed.
    pub fn remaining(self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }

    /// Whether it has passed.
    pub fn has_passed(self) -> bool {
        self.0 <= Instant::now()
    }

    /// The instant.
    pub const fn instant(self) -> Instant {
        self.0
    }
}

/// What travels with a request from the caller down to the backend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Context {
    /// When the caller stops waiting; pool waits, retries, statement timeouts and a commit's own
    /// deadline derive from it. `None` waits for ever.
    pub deadline: Option<Deadline>,
}

impl Context {
    /// No deadline.
    pub const fn new() -> Self {
        Self { deadline: None }
    }

    /// The same with `deadline`.
    #[must_use]
    pub const fn with_deadline(mut self, deadline: Deadline) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// Checks that there is time left, before anything is applied.
    ///
    /// # Errors
    /// [`ErrorKind::Timeout`] where the deadline has passed.
    pub fn check(&self) -> Result<()> {
        match self.deadline {
            Some(deadline) if deadline.has_passed() => Err(Error::new(
                ErrorKind::Timeout,
                "the deadline passed before the store applied the request; nothing was applied",
            )),
            _ => Ok(()),
        }
    }
}
