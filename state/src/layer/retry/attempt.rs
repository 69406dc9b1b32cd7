use tokio::time::{Instant, sleep};

use super::budget::Budget;
use super::config::RetryLayer;
use super::retries::Counts;
use crate::backend::{Context, Deadline};
use crate::error::{Error, ErrorKind, Result};

/// What all operations share.
#[derive(Debug)]
pub(super) struct Policy {
    pub(super) options: RetryLayer,
    pub(super) budget: Budget,
    pub(super) counts: Counts,
}

/// After which errors there is another attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Again {
    /// Those that say that nothing was applied.
    Unapplied,
    /// Those that do not know, too: it may be applied a second time.
    Unknown,
}

/// The attempts at one operation.
#[derive(Debug)]
pub(super) struct Attempts<'p> {
    policy: &'p Policy,
    cx: Context,
    retries: u32,
}

impl<'p> Attempts<'p> {
    pub(super) const fn new(policy: &'p Policy, cx: Context) -> Self {
        Self {
            policy,
            cx,
            retries: 0,
        }
    }

    /// The context of the attempt that begins now.
    #[inline]
    pub(super) fn context(&self) -> Context {
        let mut cx = self.cx;
        cx.forced &= self.retries == 0;
        if let Some(timeout) = self.policy.options.attempt_timeout {
            let end = now().checked_add(timeout).map(Deadline::at);
            cx.deadline = earlier(cx.deadline, end);
        }
        cx
    }

    /// Tries until there is an answer, or no next attempt.
    #[inline]
    pub(super) async fn run<T, F>(
        &mut self,
        again: Again,
        mut call: impl FnMut(Context) -> F + Send,
    ) -> Result<T>
    where
        F: Future<Output = Result<T>> + Send,
    {
        loop {
            match call(self.context()).await {
                Ok(answer) => return Ok(answer),
                Err(error) => self.again(error, again).await?,
            }
        }
    }

    /// Waits until the next attempt may begin.
    ///
    /// # Errors
    /// The same error, where there is no next attempt.
    pub(super) async fn again(&mut self, error: Error, again: Again) -> Result<()> {
        let kind = error.kind();
        let unknown = again == Again::Unknown && kind == ErrorKind::OutcomeUnknown;
        if (error.is_retryable() || unknown) && self.pause(&[kind]).await {
            Ok(())
        } else {
            Err(error)
        }
    }

    /// Waits until the next attempt may begin after one that failed so; whether there is one.
    pub(super) async fn pause(&mut self, failures: &[ErrorKind]) -> bool {
        let mut paid = true;
        // What the circuit breaker refused has cost nothing.
        for _ in failures
            .iter()
            .filter(|&&kind| kind != ErrorKind::CircuitOpen)
        {
            paid &= self.policy.budget.failed();
        }
        let options = &self.policy.options;
        if !paid || self.retries >= options.max_retries {
            return false;
        }
        let pause = options.pause(self.retries);
        let left = |deadline: Deadline| deadline.instant().saturating_duration_since(now());
        if self
            .cx
            .deadline
            .is_some_and(|deadline| left(deadline) <= pause)
        {
            return false;
        }
        self.retries += 1;
        for &kind in failures {
            self.policy.counts.again(kind);
        }
        if !pause.is_zero() {
            sleep(pause).await;
        }
        true
    }
}

/// The time of the runtime's clock, so that a test with paused time sees it pass.
pub(super) fn now() -> std::time::Instant {
    Instant::now().into_std()
}

pub(super) fn earlier(one: Option<Deadline>, other: Option<Deadline>) -> Option<Deadline> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}
