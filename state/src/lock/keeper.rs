//! The task that keeps a grant alive, and notices when it is lost.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until, timeout_at};

use super::lease::{Grant, Loss, State, Tenure, surely};
use crate::backend::{Deadline, Ttl};
use crate::error::{Error, ErrorKind, Result};

/// What a holder asks of the keeper.
#[derive(Debug)]
pub(super) struct Extension {
    pub(super) ttl: Ttl,
    pub(super) answer: oneshot::Sender<Result<()>>,
}

/// Renews a third of the time to live after it was last renewed, until the lease is dropped or lost. All renewals go
/// through here, one after the other, so that the last that was sent is the last that is applied.
pub(super) async fn keep<G: Grant>(
    tenure: Arc<Tenure<G>>,
    ttl: Ttl,
    asked: Instant,
    mut requests: mpsc::Receiver<Extension>,
) {
    let mut keeper = Keeper {
        tenure,
        ttl,
        unsettled: None,
        next: asked + ttl.as_duration() / 3,
    };
    while keeper.tenure.state() == State::Held {
        let wake = keeper.wake();
        match timeout_at(wake, requests.recv()).await {
            Ok(Some(Extension { ttl, answer })) => {
                let extended = keeper.renew(ttl).await;
                // Who asked may have gone.
                drop(answer.send(extended));
            }
            Ok(None) => return,
            Err(_) if keeper.tenure.renews => drop(keeper.renew(keeper.ttl).await),
            Err(_) => keeper.expire_if_over(),
        }
    }
}

struct Keeper<G> {
    tenure: Arc<Tenure<G>>,
    ttl: Ttl,
    /// Up to when a renewal may still be applied whose answer was lost.
    unsettled: Option<Instant>,
    next: Instant,
}

impl<G: Grant> Keeper<G> {
    fn wake(&self) -> Instant {
        let ends = self.tenure.ends();
        if self.tenure.renews {
            self.next.min(ends)
        } else {
            ends
        }
    }

    fn expire_if_over(&self) {
        if Instant::now() >= self.tenure.ends() {
            self.tenure.lose(Loss::Expired);
        }
    }

    async fn renew(&mut self, ttl: Ttl) -> Result<()> {
        if ttl != self.ttl
            && let Some(until) = self.unsettled.take()
        {
            // A renewal for another time must not be applied after this one.
            sleep_until(until.min(self.tenure.ends())).await;
        }
        let asked = Instant::now();
        let ends = self.tenure.ends();
        if asked >= ends {
            self.tenure.lose(Loss::Expired);
            return Err(Error::lock_lost());
        }
        if ttl < self.ttl {
            self.tenure.set_end(ends.min(asked + surely(ttl)));
        }
        self.ttl = ttl;
        let attempt_ends = ends.min(asked + ttl.as_duration() / 3);
        let deadline = Deadline::at(attempt_ends.into_std());
        let renewal = self.tenure.grant.renew(ttl, deadline);
        match timeout_at(attempt_ends, renewal).await {
            Ok(Ok(true)) => {
                self.tenure.set_end(asked + surely(ttl));
                self.next = asked + ttl.as_duration() / 3;
                Ok(())
            }
            Ok(Ok(false)) => {
                self.tenure.lose(Loss::Taken);
                Err(Error::lock_lost())
            }
            Ok(Err(error)) => {
                self.again(attempt_ends);
                Err(error)
            }
            Err(elapsed) => {
                self.again(attempt_ends);
                Err(Error::new(
                    ErrorKind::Timeout,
                    "the store did not answer in time; the lock is renewed again while it is held",
                )
                .with_source(elapsed))
            }
        }
    }

    fn again(&mut self, unsettled: Instant) {
        self.unsettled = Some(unsettled);
        let pause =
            (self.ttl.as_duration() / 20).clamp(Duration::from_millis(1), Duration::from_secs(1));
        self.next = Instant::now() + pause;
        self.expire_if_over();
    }
}
