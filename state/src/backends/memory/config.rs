use std::sync::{Arc, Weak};
use std::time::Duration;

use super::backend::{Memory, Shared};
use super::sweep::Sweeper;
use crate::clock::{Clock, SystemClock};

/// The settings of a [`Memory`].
#[derive(Debug)]
#[must_use = "it makes a store when `build` is called"]
pub struct MemoryBuilder {
    clock: Box<dyn Clock>,
    pub(super) sweep_every: Option<Duration>,
}

impl MemoryBuilder {
    pub(super) fn new() -> Self {
        Self {
            clock: Box::new(SystemClock),
            sweep_every: Some(Duration::from_secs(30)),
        }
    }

    /// The clock that entries expire by; this machine's unless set. An `Arc` of a clock is a clock.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Box::new(clock);
        self
    }

    /// How long the background sweeper rests between freeing the memory of expired entries, 1 ms at the
    /// least; `None` for no sweeper. 30 s unless set.
    ///
    /// The sweeper is a task of the tokio runtime that [`build`](Self::build) is called in, which must have its
    /// time enabled, and ends with the last clone of the store. Built outside one, the store has none: call
    /// [`Memory::sweep`].
    pub const fn sweep_every(mut self, interval: Option<Duration>) -> Self {
        self.sweep_every = interval;
        self
    }

    /// The empty store.
    pub fn build(self) -> Memory {
        let runtime = tokio::runtime::Handle::try_current().ok();
        Memory(Arc::new_cyclic(|shared| {
            let sweeper = runtime
                .zip(self.sweep_every)
                .map(|(runtime, rest)| Sweeper::start(&runtime, rest, Weak::clone(shared)));
            Shared::new(self.clock, sweeper)
        }))
    }
}
