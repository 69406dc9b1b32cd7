use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use tokio::time::{Instant, sleep};
use typed_state::checkpoint::Target;
use typed_state::checkpoint::target::{Object, Objects};
use typed_state::{Error, ErrorKind, Result};

/// What is bad about a target now.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Bad {
    Nothing,
    /// Manifests take so long.
    Slow(Duration),
    /// Whatever is created.
    Fails,
    /// Whatever is created is never there.
    Hangs,
}

/// A target in memory that has trouble where it is told to.
#[derive(Debug, Clone)]
pub(super) struct Troubled {
    inner: Objects,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Debug)]
struct Seen {
    bad: Bad,
    hung: usize,
    begun: usize,
    /// From when to when manifests were written.
    spans: Vec<(Instant, Instant)>,
}

impl Troubled {
    pub(super) fn new() -> Self {
        Self {
            inner: Objects::memory(),
            seen: Arc::new(Mutex::new(Seen {
                bad: Bad::Nothing,
                hung: 0,
                begun: 0,
                spans: Vec::new(),
            })),
        }
    }

    pub(super) fn set(&self, bad: Bad) {
        self.seen.lock().unwrap().bad = bad;
    }

    pub(super) fn hung(&self) -> usize {
        self.seen.lock().unwrap().hung
    }

    pub(super) fn begun(&self) -> usize {
        self.seen.lock().unwrap().begun
    }

    pub(super) fn spans(&self) -> Vec<(Instant, Instant)> {
        self.seen.lock().unwrap().spans.clone()
    }
}

impl Target for Troubled {
    async fn create(&self, name: &str, bytes: Bytes) -> Result<bool> {
        let bad = self.seen.lock().unwrap().bad;
        let began = Instant::now();
        let is_manifest = name.starts_with("manifests/");
        match bad {
            Bad::Slow(by) if is_manifest => {
                self.seen.lock().unwrap().begun += 1;
                sleep(by).await;
            }
            Bad::Nothing | Bad::Slow(_) => {}
            Bad::Fails => {
                return Err(Error::new(ErrorKind::Unavailable, "the target is broken"));
            }
            Bad::Hangs => {
                self.seen.lock().unwrap().hung += 1;
                return std::future::pending().await;
            }
        }
        let created = self.inner.create(name, bytes).await;
        if is_manifest {
            self.seen
                .lock()
                .unwrap()
                .spans
                .push((began, Instant::now()));
        }
        created
    }

    async fn read(&self, name: &str) -> Result<Option<Bytes>> {
        self.inner.read(name).await
    }

    async fn list(&self, folder: &str) -> Result<Vec<Object>> {
        self.inner.list(folder).await
    }

    async fn delete(&self, name: &str) -> Result<()> {
        self.inner.delete(name).await
    }
}
