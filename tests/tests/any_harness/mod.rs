//! Stores under test whose type is forgotten.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use typed_state::AnyBackend;
use typed_state::backends::Memory;
use typed_state::testing::{Fixture, Harness, TestResult, Time};

/// Fresh stores of another harness, each as an [`AnyBackend`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct AnyHarness<H>(pub(crate) H);

/// A store of another harness and the same as an [`AnyBackend`].
#[derive(Debug)]
pub(crate) struct AnyFixture<F> {
    inner: F,
    backend: Arc<AnyBackend>,
}

fn forget<B: Clone + Into<AnyBackend>>(backend: &B) -> Arc<AnyBackend> {
    Arc::new(backend.clone().into())
}

impl<H: Harness<Backend: Clone + Into<AnyBackend>>> Harness for AnyHarness<H> {
    type Backend = AnyBackend;
    type Fixture = AnyFixture<H::Fixture>;

    async fn fresh(&self) -> TestResult<Self::Fixture> {
        let inner = self.0.fresh().await?;
        let backend = forget(&**inner.backend());
        Ok(AnyFixture { inner, backend })
    }

    fn slowness(&self) -> NonZeroUsize {
        self.0.slowness()
    }
}

impl<F: Fixture<Backend: Clone + Into<AnyBackend>>> Fixture for AnyFixture<F> {
    type Backend = AnyBackend;

    fn backend(&self) -> &Arc<AnyBackend> {
        &self.backend
    }

    async fn connect(&self) -> TestResult<Arc<AnyBackend>> {
        Ok(forget(&*self.inner.connect().await?))
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
        // A client of the store that is alive would keep it open.
        let before = std::mem::replace(&mut self.backend, Arc::new(Memory::new().into()));
        if Arc::strong_count(&before) > 1 {
            return Err("another client of the store is alive".into());
        }
        drop(before);
        let restarted = self.inner.restart().await?;
        self.backend = forget(&**self.inner.backend());
        Ok(restarted)
    }
}
