//! A store whose time runs by itself: a millisecond each time somebody looks.

use std::sync::Arc;
use std::time::Duration;

use typed_state::backends::Memory;
use typed_state::testing::{Fixture, Harness, TestResult, Time};
use typed_state::{Clock, ManualClock, Timestamp};

#[derive(Debug)]
struct Ticking(Arc<ManualClock>);

impl Clock for Ticking {
    fn now(&self) -> Timestamp {
        self.0.advance(Duration::from_millis(1));
        self.0.now()
    }
}

#[derive(Debug)]
pub(crate) struct TickingHarness;

pub(crate) struct TickingFixture {
    backend: Arc<Memory>,
    clock: Arc<ManualClock>,
}

impl Harness for TickingHarness {
    type Backend = Memory;
    type Fixture = TickingFixture;

    async fn fresh(&self) -> TestResult<TickingFixture> {
        let clock = Arc::new(ManualClock::default());
        let memory = Memory::builder().clock(Ticking(Arc::clone(&clock)));
        let backend = Arc::new(memory.sweep_every(None).build());
        Ok(TickingFixture { backend, clock })
    }
}

impl Fixture for TickingFixture {
    type Backend = Memory;

    fn backend(&self) -> &Arc<Memory> {
        &self.backend
    }

    async fn connect(&self) -> TestResult<Arc<Memory>> {
        Ok(Arc::clone(&self.backend))
    }

    fn time(&self) -> Time {
        Time::Running
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
