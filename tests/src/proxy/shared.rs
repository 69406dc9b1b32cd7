use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use super::mode::Mode;
use super::trap::{Sprung, Trap};

/// What the handle and the connections have in common.
#[derive(Debug)]
pub(super) struct Shared {
    target: Mutex<SocketAddr>,
    pub(super) mode: watch::Sender<Mode>,
    /// How often all connections have been cut.
    pub(super) cuts: watch::Sender<u64>,
    trap: Mutex<Trap>,
    accepted: AtomicU64,
    closed: AtomicU64,
}

/// Counts its connection as open.
#[derive(Debug)]
pub(super) struct Open(Arc<Shared>);

impl Shared {
    pub(super) fn new(target: SocketAddr) -> Self {
        Self {
            target: Mutex::new(target),
            mode: watch::Sender::default(),
            cuts: watch::Sender::default(),
            trap: Mutex::default(),
            accepted: AtomicU64::new(0),
            closed: AtomicU64::new(0),
        }
    }

    pub(super) fn target(&self) -> SocketAddr {
        *self.target.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn set_target(&self, target: SocketAddr) {
        *self.target.lock().unwrap_or_else(PoisonError::into_inner) = target;
    }

    pub(super) fn set_trap(&self, trap: Trap) {
        *self.trap.lock().unwrap_or_else(PoisonError::into_inner) = trap;
    }

    /// A piece of a request of this length is about to pass.
    pub(super) fn spring(&self, length: usize) -> Sprung {
        let mut trap = self.trap.lock().unwrap_or_else(PoisonError::into_inner);
        trap.spring(length)
    }

    pub(super) fn opened(self: &Arc<Self>) -> Open {
        self.accepted.fetch_add(1, Ordering::Relaxed);
        Open(Arc::clone(self))
    }

    pub(super) fn accepted(&self) -> u64 {
        self.accepted.load(Ordering::Relaxed)
    }

    pub(super) fn open(&self) -> u64 {
        let closed = self.closed.load(Ordering::Relaxed);
        self.accepted().saturating_sub(closed)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.closed.fetch_add(1, Ordering::Relaxed);
    }
}
