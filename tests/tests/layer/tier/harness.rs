//! Stores of two tiers, each client a process of its own, over what two other harnesses make.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use typed_state::backend::Backend;
use typed_state::backends::Memory;
use typed_state::layer::{Layer as _, TierLayer, Tiered};
use typed_state::testing::{Fixture, Harness, TestResult, Time};

type Over<U, B> = Tiered<Arc<U>, Arc<B>>;

/// The first is the upper store, the other the store.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tiers<V, H>(pub(crate) V, pub(crate) H);

pub(crate) struct TiersFixture<V: Harness, H: Harness> {
    upper: V::Fixture,
    below: H::Fixture,
    backend: Arc<Over<V::Backend, H::Backend>>,
}

fn tiered<U: Backend, B: Backend>(upper: Arc<U>, below: Arc<B>) -> Arc<Over<U, B>> {
    let layer = TierLayer::new(upper).patience(Duration::from_secs(10));
    Arc::new(layer.over(below))
}

impl<V: Harness, H: Harness> Harness for Tiers<V, H> {
    type Backend = Over<V::Backend, H::Backend>;
    type Fixture = TiersFixture<V, H>;

    async fn fresh(&self) -> TestResult<Self::Fixture> {
        let upper = self.0.fresh().await?;
        let below = self.1.fresh().await?;
        let backend = tiered(Arc::clone(upper.backend()), Arc::clone(below.backend()));
        Ok(TiersFixture {
            upper,
            below,
            backend,
        })
    }

    fn slowness(&self) -> NonZeroUsize {
        self.0.slowness().max(self.1.slowness())
    }
}

impl<V: Harness, H: Harness> Fixture for TiersFixture<V, H> {
    type Backend = Over<V::Backend, H::Backend>;

    fn backend(&self) -> &Arc<Self::Backend> {
        &self.backend
    }

    async fn connect(&self) -> TestResult<Arc<Self::Backend>> {
        let upper = self.upper.connect().await?;
        Ok(tiered(upper, self.below.connect().await?))
    }

    fn time(&self) -> Time {
        self.below.time()
    }

    async fn elapse(&self, by: Duration) -> TestResult {
        if self.upper.time() == Time::Manual {
            self.upper.elapse(by).await?;
        }
        self.below.elapse(by).await
    }

    async fn sweep(&self) -> TestResult<u64> {
        self.below.sweep().await
    }

    async fn restart(&mut self) -> TestResult<bool> {
        Ok(false)
    }
}

/// Memory on the clock of this machine.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Running;

pub(crate) struct RunningFixture(Arc<Memory>);

impl Harness for Running {
    type Backend = Memory;
    type Fixture = RunningFixture;

    async fn fresh(&self) -> TestResult<RunningFixture> {
        Ok(RunningFixture(Arc::new(
            Memory::builder().sweep_every(None).build(),
        )))
    }
}

impl Fixture for RunningFixture {
    type Backend = Memory;

    fn backend(&self) -> &Arc<Memory> {
        &self.0
    }

    async fn connect(&self) -> TestResult<Arc<Memory>> {
        Ok(Arc::clone(&self.0))
    }

    async fn sweep(&self) -> TestResult<u64> {
        Ok(self.0.sweep(u64::MAX))
    }

    async fn restart(&mut self) -> TestResult<bool> {
        Ok(false)
    }
}
