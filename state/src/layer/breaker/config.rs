use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use super::backend::CircuitBreaker;
use super::circuits::Circuits;
use crate::backend::Backend;
use crate::clock::{Clock, SystemClock};
use crate::layer::Layer;

/// When a circuit breaker opens, and for how long.
///
/// What counts as a failure is what says that the store did not serve: [`Unavailable`](crate::ErrorKind::Unavailable),
/// [`Timeout`](crate::ErrorKind::Timeout) and [`OutcomeUnknown`](crate::ErrorKind::OutcomeUnknown). Every answer of the store is a
/// success, a conflict too. Errors of other kinds count as neither, nor does a call
/// that had no time left when it began, nor one whose future is dropped.
///
/// `health` always passes and is not counted. A [forced](crate::backend::Context::forced()) call always passes and is counted.
#[derive(Debug, Clone)]
pub struct CircuitBreakerLayer {
    pub(super) threshold: NonZeroU32,
    pub(super) failure_rate: Option<f64>,
    pub(super) window: NonZeroU32,
    pub(super) open_for: Duration,
    pub(super) probes: NonZeroU32,
    pub(super) clock: Arc<dyn Clock>,
}

impl CircuitBreakerLayer {
    /// The defaults: opens after 10 failures in a row, or when half of the last 100 calls failed, for 60 s, then lets 3
    /// probes pass.
    pub fn new() -> Self {
        Self {
            threshold: NonZeroU32::MIN.saturating_add(9),
            failure_rate: Some(0.5),
            window: NonZeroU32::MIN.saturating_add(99),
            open_for: Duration::from_mins(1),
            probes: NonZeroU32::MIN.saturating_add(2),
            clock: Arc::new(SystemClock),
        }
    }

    /// Opens after so many failures in a row. Default 10.
    #[must_use]
    pub const fn threshold(mut self, failures: NonZeroU32) -> Self {
        self.threshold = failures;
        self
    }

    /// Opens when this share of the last calls failed, above 0.0 and up to 1.0, in a row or not; `None` for never. Default 0.5.
    ///
    /// Of the [`window`](Self::window): where there have not been so many calls, those that are missing count as successes.
    #[must_use]
    pub fn failure_rate(mut self, share: impl Into<Option<f64>>) -> Self {
        self.failure_rate = share.into().map(|share| share.clamp(0.0, 1.0));
        self
    }

    /// Of how many of the last calls the share is taken. Default 100. After a failure so many calls are looked at one by one,
    /// which takes some 20 ns each.
    #[must_use]
    pub const fn window(mut self, calls: NonZeroU32) -> Self {
        self.window = calls;
        self
    }

    /// How long it stays open, in whole milliseconds. Default 60 s. A probe that is not finished after as long makes room for another.
    #[must_use]
    pub const fn open_for(mut self, time: Duration) -> Self {
        self.open_for = time;
        self
    }

    /// How many probes may be under way at once while it is half-open, and how many successes close it. Default 3.
    #[must_use]
    pub const fn probes(mut self, probes: NonZeroU32) -> Self {
        self.probes = probes;
        self
    }

    /// The clock that it reads. Default the machine's.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// With how many failures in the window it opens; `None` where the share is no matter.
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share of the window, so between zero and it"
    )]
    pub(super) fn most_failures(&self) -> Option<usize> {
        let failures = (self.failure_rate? * f64::from(self.window.get())).ceil();
        Some((failures as usize).max(1))
    }
}

impl Default for CircuitBreakerLayer {
    fn default() -> Self {
        Self::new()
    }
}

impl<B: Backend> Layer<B> for CircuitBreakerLayer {
    type Backend = CircuitBreaker<B>;

    fn over(self, inner: B) -> CircuitBreaker<B> {
        CircuitBreaker::new(inner, Circuits::new(self))
    }
}
