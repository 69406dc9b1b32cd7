//! A grant that is kept alive until it is released or lost, whoever granted it.

use std::fmt;
use std::future::Future;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;

use super::Fence;
use super::keeper::{self, Extension};
use crate::backend::{Deadline, Ttl};
use crate::error::{Error, Result};
use crate::store::{LockCounts, count};

/// What a provider of locks does to one grant.
pub(crate) trait Grant: fmt::Debug + Send + Sync + 'static {
    /// Lets it live for `ttl` from now, unless the deadline passes before; says whether it was still this holder's.
    fn renew(&self, ttl: Ttl, deadline: Deadline) -> impl Future<Output = Result<bool>> + Send;

    /// Ends it, and says whether it was still this holder's.
    fn release(&self) -> impl Future<Output = Result<bool>> + Send;
}

/// Why a lock was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Loss {
    /// It was not renewed in time: the store could not be reached, this process was paused for too long, or renewal is off.
    Expired,
    /// Who granted it says that it is not this holder's any more: it had expired there, or was removed; or the connection that
    /// it hung on has ended.
    Taken,
}

/// Where a grant stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Held,
    Lost(Loss),
}

/// A grant and its keeper. Dropping it releases in the background.
#[derive(Debug)]
pub(crate) struct Lease<G: Grant> {
    tenure: Arc<Tenure<G>>,
    extensions: mpsc::Sender<Extension>,
    runtime: Handle,
    released: bool,
}

/// What the holder and the keeper share.
#[derive(Debug)]
pub(super) struct Tenure<G> {
    pub(super) grant: G,
    pub(super) fence: Fence,
    pub(super) renews: bool,
    state: watch::Sender<State>,
    /// Up to when nobody else can have it.
    ends: Mutex<Instant>,
    counts: Arc<LockCounts>,
}

/// How long a grant is surely held that was asked for now: less than the store counts, since clocks differ in pace.
pub(crate) fn surely(ttl: Ttl) -> Duration {
    let ttl = ttl.as_duration();
    ttl.saturating_sub(ttl / 100 + Duration::from_millis(2))
}

/// What is granted to a holder.
#[derive(Debug)]
pub(crate) struct Granted<G> {
    pub(crate) grant: G,
    pub(crate) fence: Fence,
    pub(crate) ttl: Ttl,
    pub(crate) renews: bool,
    /// When it was asked for.
    pub(crate) asked: Instant,
}

impl<G: Grant> Lease<G> {
    /// Keeps what was granted, on this runtime.
    pub(crate) fn keep(granted: Granted<G>, runtime: &Handle, counts: &Arc<LockCounts>) -> Self {
        let Granted {
            grant,
            fence,
            ttl,
            renews,
            asked,
        } = granted;
        count(&counts.acquired);
        counts.held.fetch_add(1, Ordering::Relaxed);
        let tenure = Arc::new(Tenure {
            grant,
            fence,
            renews,
            state: watch::Sender::new(State::Held),
            ends: Mutex::new(asked + surely(ttl)),
            counts: Arc::clone(counts),
        });
        let (extensions, requests) = mpsc::channel(1);
        runtime.spawn(keeper::keep(Arc::clone(&tenure), ttl, asked, requests));
        Self {
            tenure,
            extensions,
            runtime: runtime.clone(),
            released: false,
        }
    }

    pub(crate) fn fence(&self) -> Fence {
        self.tenure.fence
    }

    /// Whether it is surely held now.
    pub(crate) fn is_held(&self) -> bool {
        self.tenure.state() == State::Held && Instant::now() < self.tenure.ends()
    }

    /// How long it is surely held from now on if it is not renewed; zero where it is lost.
    pub(crate) fn remaining(&self) -> Duration {
        match self.tenure.state() {
            State::Held => self.tenure.ends().saturating_duration_since(Instant::now()),
            State::Lost(_) => Duration::ZERO,
        }
    }

    /// # Errors
    /// [`LockLost`](crate::ErrorKind::LockLost) where it is not surely held.
    pub(crate) fn check(&self) -> Result<()> {
        if self.is_held() {
            return Ok(());
        }
        Err(Error::lock_lost())
    }

    /// The store has said that it is lost.
    pub(crate) fn lose(&self) {
        self.tenure.lose(Loss::Taken);
    }

    /// Ends when it is lost.
    pub(crate) async fn lost(&self) -> Loss {
        let mut state = self.tenure.state.subscribe();
        // The sender lives as long as `self`.
        match state
            .wait_for(|state| matches!(state, State::Lost(_)))
            .await
            .map(|state| *state)
        {
            Ok(State::Lost(loss)) => loss,
            Ok(State::Held) | Err(_) => Loss::Expired,
        }
    }

    /// Has it live for `ttl` from now, and be renewed for as long from then on.
    pub(crate) async fn extend(&self, ttl: Ttl) -> Result<()> {
        self.check()?;
        let (answer, answered) = oneshot::channel();
        let extension = Extension { ttl, answer };
        if self.extensions.send(extension).await.is_err() {
            return Err(Error::lock_lost());
        }
        answered.await.unwrap_or_else(|_| Err(Error::lock_lost()))
    }

    /// Ends it.
    pub(crate) async fn release(mut self) -> Result<()> {
        // A future that is dropped here has the rest done by `drop`.
        if let State::Lost(_) = self.tenure.state() {
            return Err(Error::lock_lost());
        }
        let was_held = self.tenure.grant.release().await?;
        self.released = true;
        if was_held {
            Ok(())
        } else {
            Err(Error::lock_lost())
        }
    }
}

impl<G> Tenure<G> {
    pub(super) fn state(&self) -> State {
        *self.state.borrow()
    }

    pub(super) fn ends(&self) -> Instant {
        *self.ends.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn set_end(&self, end: Instant) {
        *self.ends.lock().unwrap_or_else(PoisonError::into_inner) = end;
    }

    pub(super) fn lose(&self, loss: Loss) {
        self.state.send_if_modified(|state| {
            let newly = *state == State::Held;
            if newly {
                *state = State::Lost(loss);
                // Before anybody hears of it.
                count(&self.counts.lost);
            }
            newly
        });
    }
}

impl<G: Grant> Drop for Lease<G> {
    fn drop(&mut self) {
        self.tenure.counts.held.fetch_sub(1, Ordering::Relaxed);
        if self.released || self.tenure.state() != State::Held {
            return;
        }
        // Spawning on a runtime that has ended drops the future, and never waits or panics.
        let unreleased = Unreleased {
            counts: Some(Arc::clone(&self.tenure.counts)),
        };
        let tenure = Arc::clone(&self.tenure);
        self.runtime.spawn(async move {
            if tenure.grant.release().await.is_ok() {
                unreleased.none();
            }
        });
    }
}

/// Counts a grant that its drop did not release.
struct Unreleased {
    counts: Option<Arc<LockCounts>>,
}

impl Unreleased {
    /// It was released.
    fn none(mut self) {
        self.counts = None;
    }
}

impl Drop for Unreleased {
    fn drop(&mut self) {
        if let Some(counts) = &self.counts {
            count(&counts.unreleased);
        }
    }
}
