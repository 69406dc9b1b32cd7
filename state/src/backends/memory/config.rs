use std::sync::{Arc, RwLock};
use std::time::Duration;

use super::map::Versions;
use super::{Memory, Shared};
use crate::clock::{Clock, SystemClock};

/// Options of a [`Memory`].
#[derive(Debug)]
#[must_use]
pub struct MemoryBuilder {
    clock: Box<dyn Clock>,
    sweep_every: Option<Duration>,
}

impl Default for MemoryBuilder {
    fn default() -> Self {
        Self {
            clock: Box::new(SystemClock),
            sweep_every: Some(Duration::from_secs(30)),
        }
    }
}

impl MemoryBuilder {
    /// The clock that entries expire by. Default: this machine's.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Box::new(clock);
        self
    }

    /// How often expired entries are removed in the background, where a tokio runtime is there to do it; `None` for never.
    /// They are absent from every read in any case. Default: 30 s.
    pub fn sweep_every(mut self, interval: Option<Duration>) -> Self {
        self.sweep_every = interval;
        self
    }

    /// The store.
    pub fn build(self) -> Memory {
        let memory = Memory(Arc::new(Shared {
            clock: self.clock,
            versions: RwLock::new(Versions::default()),
        }));
        if let Some(interval) = self.sweep_every {
            memory.sweep_in_background(interval);
        }
        memory
    }
}
