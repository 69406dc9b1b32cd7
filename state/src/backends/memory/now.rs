use std::cell::Cell;

use crate::clock::{Clock, Timestamp};

/// The time of one request: read at most once, and only where an expiry asks for it.
pub(super) struct Now<'a> {
    clock: &'a dyn Clock,
    read: Cell<Option<Timestamp>>,
}

impl<'a> Now<'a> {
    pub(super) fn of(clock: &'a dyn Clock) -> Self {
        Self {
            clock,
            read: Cell::new(None),
        }
    }

    pub(super) fn get(&self) -> Timestamp {
        self.read.get().unwrap_or_else(|| {
            let now = self.clock.now();
            self.read.set(Some(now));
            now
        })
    }
}
