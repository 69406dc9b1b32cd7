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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Context {
    /// When the caller stops waiting; pool waits, retries, statement timeouts and a commit's own
    /// deadline derive from it. `None` waits for ever.
    pub deadline: Option<Deadline>,
    /// Whether the answers must tell how long entries have left
    /// ([`Entry::ttl`](super::Entry::ttl)), which some backends have to ask for apart.
    pub lifetimes: bool,
    /// Who may answer reads.
    pub reads: Reads,
    /// Whether a store on a server tells those who [`watch`](super::Notify::watch) of what the request changes.
    pub announce: bool,
    /// What the caller does, such as `"update"`: for metrics and logs.
    pub operation: &'static str,
    /// Whether it goes through an open circuit breaker, once: for the renewal and the release of a lock, which must
    /// not wait until the breaker closes.
    pub forced: bool,
}

/// Who may answer a read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Reads {
    /// Who also decides commits: a read sees every write that was acknowledged before it.
    #[default]
    Primary,
    /// A cache where there is one, else the primary: what it answers may not be what another process has just written, and of
    /// [`lifetimes`](Context::lifetimes) it may tell less than is left, for a cache before it.
    Cached,
    /// A replica where there is one ([`ReplicaReads`](super::ReplicaReads)): what it answers may be out of date,
    /// and older than what an earlier read saw.
    Replica,
}

impl Default for Context {
    fn default() -> Self {
        Self::new()
    }
}

impl Context {
    /// No deadline, reads of the primary, no lifetimes, and nothing forced.
    pub const fn new() -> Self {
        Self {
            deadline: None,
            lifetimes: false,
            reads: Reads::Primary,
            announce: false,
            operation: "other",
            forced: false,
        }
    }

    /// The same for an operation of this name.
    #[must_use]
    pub const fn for_operation(mut self, operation: &'static str) -> Self {
        self.operation = operation;
        self
    }

    /// The same with `deadline`.
    #[must_use]
    pub const fn with_deadline(mut self, deadline: Deadline) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// The same, with answers that tell how long entries have left.
    #[must_use]
    pub const fn with_lifetimes(mut self) -> Self {
        self.lifetimes = true;
        self
    }

    /// The same, and what it changes is announced to those who [`watch`](super::Notify::watch).
    #[must_use]
    pub const fn with_announcements(mut self) -> Self {
        self.announce = true;
        self
    }

    /// The same, let through an open circuit breaker once.
    #[must_use]
    pub const fn forced(mut self) -> Self {
        self.forced = true;
        self
    }

    /// The same with reads answered so.
    #[must_use]
    pub const fn with_reads(mut self, reads: Reads) -> Self {
        self.reads = reads;
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
