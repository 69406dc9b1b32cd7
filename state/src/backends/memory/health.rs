use std::time::Instant;

use super::backend::Shared;
use crate::backend::Health;

impl Shared {
    /// How long it takes to get the lock.
    pub(super) fn health(&self) -> Health {
        let asked = Instant::now();
        drop(self.read());
        Health::new(asked.elapsed())
    }
}
