use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use tokio::task::AbortHandle;
use tokio::time::timeout;

use super::shared::Shared;

/// Doubts are followed up at most so often.
const AT_MOST_EVERY: Duration = Duration::from_millis(50);
/// How often pools are filled where the topology cannot change.
const FILL_EVERY: Duration = Duration::from_secs(1);

/// A task that keeps the topology up to date and the pools filled. Dropping this ends it.
pub(super) struct Watcher(AbortHandle);

impl Watcher {
    pub(super) fn of(shared: &Arc<Shared>) -> Self {
        Self(tokio::spawn(watch(Arc::clone(shared))).abort_handle())
    }

    pub(super) fn stop(&self) {
        self.0.abort();
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.stop();
    }
}

async fn watch(shared: Arc<Shared>) {
    loop {
        let interval = shared.discovery.interval();
        fill(&shared).await;
        if interval.is_none() && shared.durable.is_none() {
            return;
        }
        let every = interval.unwrap_or(FILL_EVERY);
        let woken = timeout(every, shared.doubt.notified()).await.is_ok();
        if interval.is_some() {
            let limit = Instant::now() + every.max(Duration::from_secs(1));
            if let Err(failure) = shared.survey(Duration::ZERO, limit).await {
                tracing::debug!(%failure, "the topology of Redis is not known anew");
            }
        }
        if woken {
            tokio::time::sleep(AT_MOST_EVERY).await;
        }
    }
}

async fn fill(shared: &Shared) {
    if shared.durable.is_none() {
        return;
    }
    let primaries: Vec<_> = shared.map.routes().primaries().cloned().collect();
    let limit = Instant::now() + Duration::from_secs(5);
    let filled = join_all(primaries.iter().map(|node| node.exclusives.warm(limit)));
    // A node that does not answer must not keep the topology from being asked for.
    let _ = timeout(FILL_EVERY, filled).await;
}
