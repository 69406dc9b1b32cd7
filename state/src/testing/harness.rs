use std::error::Error as StdError;
use std::fmt;
use std::future::Future;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use crate::backend::Backend;

/// The result of a step of a test; `?` takes any error.
pub type TestResult<T = ()> = Result<T, Box<dyn StdError + Send + Sync>>;

/// "Make me a fresh store": what a third party implements to run every suite of the kit on his backend.
///
/// ```
/// use typed_state::testing::{Fixture as _, Harness as _, MemoryHarness, TestResult};
/// use typed_state::backend::Backend as _;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> TestResult {
/// let fixture = MemoryHarness.fresh().await?;
/// assert_eq!(fixture.backend().capabilities().backend, "memory");
/// # Ok(())
/// # }
/// ```
pub trait Harness: fmt::Debug + Send + Sync + 'static {
    /// The backend under test.
    type Backend: Backend;
    /// One store of it.
    type Fixture: Fixture<Backend = Self::Backend>;

    /// An empty store that shares nothing with those made before.
    ///
    /// # Errors
    /// Where the store, or the server that it needs, cannot be started: a test fails then and never skips.
    fn fresh(&self) -> impl Future<Output = TestResult<Self::Fixture>> + Send;

    /// By what the suites divide the rounds of their races: 1 where an operation takes microseconds, some 20
    /// where it takes a round trip or a flush to disk.
    fn slowness(&self) -> NonZeroUsize {
        NonZeroUsize::MIN
    }
}

/// One store under test, with whatever keeps it alive (a server, a directory); dropping it ends both.
pub trait Fixture: Send + Sync + 'static {
    /// The backend under test.
    type Backend: Backend;

    /// A client of the store; always the same one, until a [`restart`](Self::restart).
    fn backend(&self) -> &Arc<Self::Backend>;

    /// Another client of the same store, as another process would have; where only one process can have
    /// the store, the same client again.
    fn connect(&self) -> impl Future<Output = TestResult<Arc<Self::Backend>>> + Send;

    /// How the store's time passes; by itself unless said.
    fn time(&self) -> Time {
        Time::Running
    }

    /// Lets at least `by` pass on the store's clock: moves a manual one (by exactly `by`), waits for a running one unless said.
    fn elapse(&self, by: Duration) -> impl Future<Output = TestResult> + Send {
        // An entry lives through the millisecond in which it expires, and the store's clock may be read in the one before.
        let by = by + Duration::from_millis(2);
        async move {
            tokio::time::sleep(by).await;
            Ok(())
        }
    }

    /// Removes expired entries that are still stored and tells how many; 0 where the store does so by itself.
    fn sweep(&self) -> impl Future<Output = TestResult<u64>> + Send;

    /// Closes and reopens a durable store, and tells whether it did; `false`, and nothing done, where the
    /// store cannot outlive its client. No other client of the store may be alive.
    fn restart(&mut self) -> impl Future<Output = TestResult<bool>> + Send;
}

/// How a store's time passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Time {
    /// Only by [`Fixture::elapse`].
    Manual,
    /// By itself, too.
    Running,
}
