use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::AbortHandle;

use super::Shared;

/// How often the pool is looked after.
const EVERY: Duration = Duration::from_secs(1);

/// How long filling it may take; it holds the idle ones meanwhile.
const PATIENCE: Duration = Duration::from_secs(1);

/// A task that keeps the pool as it should be. Dropping this ends it.
pub(super) struct Keeper(AbortHandle);

impl Keeper {
    pub(super) fn of(shared: &Arc<Shared>) -> Self {
        Self(tokio::spawn(keep(Arc::clone(shared))).abort_handle())
    }

    pub(super) fn stop(&self) {
        self.0.abort();
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.stop();
    }
}

async fn keep(shared: Arc<Shared>) {
    loop {
        let limit = Instant::now() + PATIENCE;
        shared.connections.tend(limit).await;
        shared.replicas.tend(limit).await;
        tokio::time::sleep(EVERY).await;
    }
}
