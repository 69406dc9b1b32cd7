use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use typed_state::backend::Backend;
use typed_state::testing::{Fixture, Harness, TestResult, Time};

/// The stores of another harness, with layers around each of their clients.
///
/// ```
/// use typed_state::layer::{Layer as _, RetryLayer};
/// use typed_state::testing::MemoryHarness;
/// use typed_state_tests::Layered;
///
/// let harness = Layered::new(MemoryHarness, |backend| RetryLayer::new().over(backend));
/// # let _ = harness;
/// ```
pub struct Layered<H, F> {
    harness: H,
    layers: F,
    one_process: bool,
}

/// A store of another fixture, with layers around its clients.
pub struct LayeredFixture<X, F, B> {
    fixture: X,
    layers: F,
    backend: Arc<B>,
    one_process: bool,
}

impl<H: Harness, F> Layered<H, F> {
    /// `layers` puts them around a client.
    pub const fn new<B>(harness: H, layers: F) -> Self
    where
        F: Fn(Arc<H::Backend>) -> B,
    {
        Self {
            harness,
            layers,
            one_process: false,
        }
    }

    /// The same, whose clients are tasks of one process: they share one set of layers. What a cache has is not up to date at
    /// once with what another process writes.
    #[must_use]
    pub fn of_one_process(self) -> Self {
        Self {
            one_process: true,
            ..self
        }
    }
}

impl<X, F, B> LayeredFixture<X, F, B> {
    /// The store without layers.
    pub const fn inner(&self) -> &X {
        &self.fixture
    }
}

impl<H: fmt::Debug, F> fmt::Debug for Layered<H, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Layered").field(&self.harness).finish()
    }
}

impl<X, F, B: fmt::Debug> fmt::Debug for LayeredFixture<X, F, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LayeredFixture")
            .field(&self.backend)
            .finish()
    }
}

impl<H, F, B> Harness for Layered<H, F>
where
    H: Harness,
    F: Fn(Arc<H::Backend>) -> B + Clone + Send + Sync + 'static,
    B: Backend,
{
    type Backend = B;
    type Fixture = LayeredFixture<H::Fixture, F, B>;

    async fn fresh(&self) -> TestResult<Self::Fixture> {
        let fixture = self.harness.fresh().await?;
        let layers = self.layers.clone();
        let backend = Arc::new(layers(Arc::clone(fixture.backend())));
        Ok(LayeredFixture {
            fixture,
            layers,
            backend,
            one_process: self.one_process,
        })
    }

    fn slowness(&self) -> NonZeroUsize {
        self.harness.slowness()
    }
}

impl<X, F, B> Fixture for LayeredFixture<X, F, B>
where
    X: Fixture,
    F: Fn(Arc<X::Backend>) -> B + Send + Sync + 'static,
    B: Backend,
{
    type Backend = B;

    fn backend(&self) -> &Arc<B> {
        &self.backend
    }

    async fn connect(&self) -> TestResult<Arc<B>> {
        if self.one_process {
            return Ok(Arc::clone(&self.backend));
        }
        let client = self.fixture.connect().await?;
        Ok(Arc::new((self.layers)(client)))
    }

    fn time(&self) -> Time {
        self.fixture.time()
    }

    async fn elapse(&self, by: Duration) -> TestResult {
        self.fixture.elapse(by).await
    }

    async fn sweep(&self) -> TestResult<u64> {
        self.fixture.sweep().await
    }

    async fn restart(&mut self) -> TestResult<bool> {
        let restarted = self.fixture.restart().await?;
        if restarted {
            self.backend = Arc::new((self.layers)(Arc::clone(self.fixture.backend())));
        }
        Ok(restarted)
    }
}
