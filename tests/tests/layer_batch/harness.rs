use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use typed_state::layer::{Batch, BatchLayer, Layer as _};
use typed_state::testing::{Fixture, Harness, TestResult, Time};

/// The stores of another harness, under a layer that sends nothing by itself.
#[derive(Debug)]
pub(crate) struct Batched<H>(pub(crate) H);

pub(crate) struct BatchedFixture<F: Fixture> {
    inner: F,
    backend: Arc<Batch<Arc<F::Backend>>>,
}

fn over<B: typed_state::backend::Backend>(backend: &Arc<B>) -> Arc<Batch<Arc<B>>> {
    let layer = BatchLayer::new().direct_below(0);
    Arc::new(layer.over(Arc::clone(backend)))
}

impl<H: Harness> Harness for Batched<H> {
    type Backend = Batch<Arc<H::Backend>>;
    type Fixture = BatchedFixture<H::Fixture>;

    async fn fresh(&self) -> TestResult<Self::Fixture> {
        let inner = self.0.fresh().await?;
        let backend = over(inner.backend());
        Ok(BatchedFixture { inner, backend })
    }

    fn slowness(&self) -> NonZeroUsize {
        self.0.slowness()
    }
}

impl<F: Fixture> Fixture for BatchedFixture<F> {
    type Backend = Batch<Arc<F::Backend>>;

    fn backend(&self) -> &Arc<Self::Backend> {
        &self.backend
    }

    async fn connect(&self) -> TestResult<Arc<Self::Backend>> {
        Ok(over(&self.inner.connect().await?))
    }

    fn time(&self) -> Time {
        self.inner.time()
    }

    async fn elapse(&self, by: Duration) -> TestResult {
        self.inner.elapse(by).await
    }

    async fn sweep(&self) -> TestResult<u64> {
        self.inner.sweep().await
    }

    async fn restart(&mut self) -> TestResult<bool> {
        let restarted = self.inner.restart().await?;
        self.backend = over(self.inner.backend());
        Ok(restarted)
    }
}
