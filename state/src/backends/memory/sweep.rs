use std::sync::Weak;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::task::AbortHandle;

use super::backend::{Memory, STEP, Shared};

impl Memory {
    /// Frees the memory of expired entries, at most `limit` of them, and tells of how many.
    ///
    /// Others read and write in between; two sweepers do no harm.
    pub fn sweep(&self, limit: u64) -> u64 {
        self.0.sweep(limit)
    }
}

impl Shared {
    fn sweep(&self, limit: u64) -> u64 {
        let mut swept = 0;
        while swept < limit {
            let step = usize::try_from(limit - swept).map_or(STEP, |left| left.min(STEP));
            let done = self.sweep_step(step);
            swept += done as u64;
            if done < step {
                break;
            }
        }
        swept
    }

    fn sweep_step(&self, step: usize) -> usize {
        let now = self.now();
        let mut map = self.write();
        map.begin();
        (0..step).take_while(|_| map.sweep_one(&now)).count()
    }
}

/// The background sweeper; dropping it ends it.
#[derive(Debug)]
pub(super) struct Sweeper(AbortHandle);

impl Sweeper {
    pub(super) fn start(runtime: &Handle, rest: Duration, shared: Weak<Shared>) -> Self {
        let rest = rest.max(Duration::from_millis(1));
        let task = runtime.spawn(async move {
            loop {
                tokio::time::sleep(rest).await;
                // Step by step, so that a large sweep lets other tasks of this thread run.
                loop {
                    let Some(shared) = shared.upgrade() else {
                        return;
                    };
                    if shared.sweep_step(STEP) < STEP {
                        break;
                    }
                    drop(shared);
                    tokio::task::yield_now().await;
                }
            }
        });
        Self(task.abort_handle())
    }
}

impl Drop for Sweeper {
    fn drop(&mut self) {
        self.0.abort();
    }
}
