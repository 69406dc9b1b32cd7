use std::sync::Arc;
use std::time::Duration;

use super::Memory;

/// How many entries the background sweep removes under the lock at a time.
const SWEEP_STEP: u64 = 1_000;

impl Memory {
    /// Removes at most `limit` expired entries and says how many there were.
    ///
    /// They are absent from every read before; this frees their memory. Several may sweep at once.
    pub fn sweep(&self, limit: u64) -> u64 {
        let mut versions = self.write();
        let expired = versions.expired(self.now(), usize::try_from(limit).unwrap_or(usize::MAX));
        let swept = expired.len() as u64;
        versions.begin();
        for key in expired {
            versions.set(key, None);
        }
        swept
    }

    /// Sweeps every `interval` until the store is dropped, where a tokio runtime is there.
    pub(super) fn sweep_in_background(&self, interval: Duration) {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return;
        };
        let shared = Arc::downgrade(&self.0);
        runtime.spawn(async move {
            loop {
                tokio::time::sleep(interval).await;
                let Some(memory) = shared.upgrade().map(Memory) else {
                    return;
                };
                while memory.sweep(SWEEP_STEP) == SWEEP_STEP {
                    tokio::task::yield_now().await;
                }
            }
        });
    }
}
