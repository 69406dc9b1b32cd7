use std::sync::Arc;
use std::time::Duration;

use super::backend::Retry;
use crate::backend::{Backend, Ttl};
use crate::clock::{Entropy, SystemEntropy};
use crate::layer::Layer;

/// When and how often operations are tried again.
///
/// An operation is tried again where the store says that nothing was applied
/// ([`is_retryable`](crate::ErrorKind::is_retryable)), and where trying again cannot apply it twice. Never past the caller's
/// deadline: where less time is left than the pause would take, the error is given at once. A write whose answer was lost, and which
/// could not be settled in time, stays [`OutcomeUnknown`](crate::ErrorKind::OutcomeUnknown).
///
/// What an answer says less of after a second attempt:
/// - a delete without condition says `false` where the first attempt removed the entry;
/// - of a commit that an earlier attempt applied: a delete or touch is taken to have found its entry, unless a
///   condition says otherwise, and the value of a counter is what stands there now, which may hold later additions.
///
/// A put or delete without condition that is sent again may overwrite a write that came in between, and on backends that let such
/// a commit run past its deadline, so may an attempt that was held up. Where that matters, require a revision.
///
/// Retries share a budget: 100 tokens, of which each failure takes one and each success gives back a tenth. At half of it or less
/// nothing is tried again, so that retries do not keep down a store that is down.
#[derive(Debug, Clone)]
pub struct RetryLayer {
    pub(super) max_retries: u32,
    pub(super) initial_delay: Duration,
    pub(super) max_delay: Duration,
    pub(super) jitter: f64,
    pub(super) attempt_timeout: Option<Duration>,
    pub(super) receipts: bool,
    pub(super) receipt_ttl: Ttl,
    pub(super) entropy: Arc<dyn Entropy>,
}

/// 10 minutes.
const RECEIPT_TTL: Ttl = match Ttl::from_millis(600_000) {
    Some(ttl) => ttl,
    None => Ttl::MIN,
};

impl RetryLayer {
    /// The defaults: 3 retries after 100 ms, 200 ms and 400 ms at the most, drawn anew each time.
    pub fn new() -> Self {
        Self {
            max_retries: 3,
            initial_delay: Duration::from_millis(100),
            max_delay: Duration::from_secs(5),
            jitter: 1.0,
            attempt_timeout: None,
            receipts: true,
            receipt_ttl: RECEIPT_TTL,
            entropy: Arc::new(SystemEntropy),
        }
    }

    /// How often an operation is tried again. Default 3.
    #[must_use]
    pub const fn max_retries(mut self, retries: u32) -> Self {
        self.max_retries = retries;
        self
    }

    /// The longest pause before the first retry; it doubles with each. Default 100 ms.
    #[must_use]
    pub const fn initial_delay(mut self, delay: Duration) -> Self {
        self.initial_delay = delay;
        self
    }

    /// What the pause does not grow beyond. Default 5 s.
    #[must_use]
    pub const fn max_delay(mut self, delay: Duration) -> Self {
        self.max_delay = delay;
        self
    }

    /// Which share of a pause is drawn at random, from 0.0 (none: each as long as it may be) to 1.0. Default 1.0, full
    /// jitter, with which clients that failed together come back apart (Brooker, "Exponential Backoff And Jitter", 2015).
    #[must_use]
    pub const fn jitter(mut self, share: f64) -> Self {
        self.jitter = share.clamp(0.0, 1.0);
        self
    }

    /// The deadline of each attempt, so that a server that hangs leaves time for another. Default none: all the time
    /// that the caller has left.
    #[must_use]
    pub const fn attempt_timeout(mut self, timeout: Duration) -> Self {
        self.attempt_timeout = Some(timeout);
        self
    }

    /// Whether commits that cannot be recognised otherwise carry a receipt: additions, deletes and touches with conditions,
    /// inserts, and several mutations without condition. Default on. It costs one more entry a commit; without it,
    /// such a commit whose answer was lost stays [`OutcomeUnknown`](crate::ErrorKind::OutcomeUnknown).
    #[must_use]
    pub const fn receipts(mut self, receipts: bool) -> Self {
        self.receipts = receipts;
        self
    }

    /// How long receipts live. Default 10 minutes. A commit that carries one has half of that time at the most, whatever its
    /// deadline, so that no attempt outlives its receipt.
    #[must_use]
    pub const fn receipt_ttl(mut self, ttl: Ttl) -> Self {
        self.receipt_ttl = ttl;
        self
    }

    /// Where pauses and the names of receipts are drawn from. Default the system's. Two clients of one store must not draw alike.
    #[must_use]
    pub fn entropy(mut self, entropy: impl Entropy) -> Self {
        self.entropy = Arc::new(entropy);
        self
    }
}

impl Default for RetryLayer {
    fn default() -> Self {
        Self::new()
    }
}

impl<B: Backend> Layer<B> for RetryLayer {
    type Backend = Retry<B>;

    fn over(self, inner: B) -> Retry<B> {
        Retry::new(inner, self)
    }
}
