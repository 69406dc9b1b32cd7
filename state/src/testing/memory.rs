use std::sync::Arc;
use std::time::Duration;

use super::{Fixture, Harness, TestResult, Time};
use crate::backends::Memory;
use crate::clock::ManualClock;

/// Fresh [`Memory`] stores on manual clocks.
#[derive(Debug, Clone, Copy, Default)]
pub struct MemoryHarness;

/// A [`Memory`] store and its clock.
#[derive(Debug)]
pub struct MemoryFixture {
    backend: Arc<Memory>,
    clock: Arc<ManualClock>,
}

impl MemoryFixture {
    /// The store's clock.
    pub const fn clock(&self) -> &Arc<ManualClock> {
        &self.clock
    }
}

impl Harness for MemoryHarness {
    type Backend = Memory;
    type Fixture = MemoryFixture;

    async fn fresh(&self) -> TestResult<MemoryFixture> {
        let clock = Arc::new(ManualClock::default());
        let backend = Arc::new(
            Memory::builder()
                .clock(Arc::clone(&clock))
                .sweep_every(None)
                .build(),
        );
        Ok(MemoryFixture { backend, clock })
    }
}

impl Fixture for MemoryFixture {
    type Backend = Memory;

    fn backend(&self) -> &Arc<Memory> {
        &self.backend
    }

    async fn connect(&self) -> TestResult<Arc<Memory>> {
        Ok(Arc::new(Memory::clone(&self.backend)))
    }

    fn time(&self) -> Time {
        Time::Manual
    }

    async fn elapse(&self, by: Duration) -> TestResult {
        self.clock.advance(by);
        Ok(())
    }

    async fn sweep(&self) -> TestResult<u64> {
        Ok(self.backend.sweep(u64::MAX))
    }

    async fn restart(&mut self) -> TestResult<bool> {
        Ok(false)
    }
}
