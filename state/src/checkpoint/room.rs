use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How many bytes of chunks are in memory at once: their sizes differ much, so their number would say little.
#[derive(Debug, Clone)]
pub(super) struct Room {
    free: Arc<Semaphore>,
    all: u32,
}

/// A part of it, free again when this is dropped.
#[derive(Debug)]
pub(super) struct Taken {
    _taken: Option<OwnedSemaphorePermit>,
}

impl Room {
    /// Room for so many chunks of a size.
    pub(super) fn of(chunks: usize, size: usize) -> Self {
        let all = u32::try_from(chunks.saturating_mul(size)).unwrap_or(u32::MAX);
        let free = Arc::new(Semaphore::new(all as usize));
        Self { free, all }
    }

    /// Waits until so much of it is free, or all of it where that is less. Who asks first has it first.
    pub(super) async fn take(&self, bytes: u64) -> Taken {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX).min(self.all);
        // It is never closed.
        let taken = Arc::clone(&self.free).acquire_many_owned(bytes).await.ok();
        Taken { _taken: taken }
    }
}
