use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use typed_state::ManualClock;
use typed_state::backends::{Embedded, EmbeddedBuilder};
use typed_state::testing::{Fixture, Harness, TestResult, Time};

/// Fresh [`Embedded`] stores on manual clocks, each in a temporary directory of its own.
#[derive(Debug, Clone, Copy, Default)]
pub struct EmbeddedHarness {
    /// How many bytes of entries the stores cache; `None` for the default.
    pub cache_size: Option<usize>,
}

/// An [`Embedded`] store, its clock and its directory.
#[derive(Debug)]
pub struct EmbeddedFixture {
    backend: Arc<Embedded>,
    harness: EmbeddedHarness,
    clock: Arc<ManualClock>,
    directory: TempDir,
}

impl EmbeddedHarness {
    /// Stores that cache no entry, so that every read asks the engine.
    pub const fn uncached() -> Self {
        Self {
            cache_size: Some(0),
        }
    }

    fn builder(self, directory: &Path, clock: &Arc<ManualClock>) -> EmbeddedBuilder {
        let builder = Embedded::builder(directory)
            .clock(Arc::clone(clock))
            .sweep_every(None);
        match self.cache_size {
            Some(bytes) => builder.cache_size(bytes),
            None => builder,
        }
    }
}

impl EmbeddedFixture {
    /// The store's clock.
    pub const fn clock(&self) -> &Arc<ManualClock> {
        &self.clock
    }

    /// The store's directory.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }
}

impl Harness for EmbeddedHarness {
    type Backend = Embedded;
    type Fixture = EmbeddedFixture;

    async fn fresh(&self) -> TestResult<EmbeddedFixture> {
        let directory = tempfile::tempdir()?;
        let clock = Arc::new(ManualClock::default());
        let backend = self.builder(directory.path(), &clock).open().await?;
        Ok(EmbeddedFixture {
            backend: Arc::new(backend),
            harness: *self,
            clock,
            directory,
        })
    }

    fn slowness(&self) -> NonZeroUsize {
        NonZeroUsize::MIN.saturating_add(19)
    }
}

impl Fixture for EmbeddedFixture {
    type Backend = Embedded;

    fn backend(&self) -> &Arc<Embedded> {
        &self.backend
    }

    async fn connect(&self) -> TestResult<Arc<Embedded>> {
        Ok(Arc::new(Embedded::clone(&self.backend)))
    }

    fn time(&self) -> Time {
        Time::Manual
    }

    async fn elapse(&self, by: Duration) -> TestResult {
        self.clock.advance(by);
        Ok(())
    }

    async fn sweep(&self) -> TestResult<u64> {
        Ok(self.backend.sweep(u64::MAX).await?)
    }

    async fn restart(&mut self) -> TestResult<bool> {
        self.backend.close().await?;
        let builder = self.harness.builder(self.directory.path(), &self.clock);
        self.backend = Arc::new(builder.open().await?);
        Ok(true)
    }
}
