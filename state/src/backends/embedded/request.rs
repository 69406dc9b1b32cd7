//! What is asked of the writer, and how it answers.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use tokio::runtime::Handle;
use tokio::sync::oneshot;

use super::blocking::until;
use super::sweep::Swept;
use crate::backend::{Commit, Context, Deadline, Outcome, WriteBatch, Written};
use crate::error::{Error, ErrorKind, Result};

/// Something for the writer to do.
#[allow(
    clippy::large_enum_variant,
    reason = "nearly all requests are commits, and one of them is moved twice"
)]
pub(super) enum Request {
    Commit(Context, Commit, Reply<Outcome>),
    /// Decided one after the other, and made durable together.
    Commits(Context, Vec<(Commit, Reply<Outcome>)>),
    Write(Context, WriteBatch, Reply<Written>),
    /// Removes at most so many expired entries.
    Sweep(u64, Reply<Swept>),
    Close(Reply<()>),
}

const WAITING: u8 = 0;
const TAKEN: u8 = 1;
const GIVEN_UP: u8 = 2;

/// The writer's end. Dropped without an answer, it tells the caller the truth about that.
pub(super) struct Reply<T> {
    sender: Option<oneshot::Sender<Result<T>>>,
    /// Whether the writer took the request or the caller gave it up; only where there is a deadline to tell by.
    claim: Option<Arc<AtomicU8>>,
    taken: bool,
}

/// The caller's end.
pub(super) struct Answer<T> {
    receiver: oneshot::Receiver<Result<T>>,
    claim: Option<(Deadline, Arc<AtomicU8>)>,
}

/// Both ends, for a request with this context.
pub(super) fn reply<T>(cx: &Context) -> (Reply<T>, Answer<T>) {
    let (sender, receiver) = oneshot::channel();
    // Without a runtime there is no timer: the writer keeps the deadline alone then.
    let deadline = cx.deadline.filter(|_| Handle::try_current().is_ok());
    let claim = deadline.map(|deadline| (deadline, Arc::new(AtomicU8::new(WAITING))));
    let reply = Reply {
        sender: Some(sender),
        claim: claim.as_ref().map(|(_, claim)| Arc::clone(claim)),
        taken: false,
    };
    (reply, Answer { receiver, claim })
}

impl<T> Reply<T> {
    /// Whether there is still somebody to do it for; from then on it counts as done.
    pub(super) fn take(&mut self) -> bool {
        let waited_for = match (&self.claim, &self.sender) {
            (Some(claim), _) => claim
                .compare_exchange(WAITING, TAKEN, Ordering::AcqRel, Ordering::Acquire)
                .is_ok(),
            (None, Some(sender)) => !sender.is_closed(),
            (None, None) => false,
        };
        self.taken = waited_for;
        waited_for
    }

    pub(super) fn send(mut self, answer: Result<T>) {
        if let Some(sender) = self.sender.take() {
            // A caller that is gone does not hear it.
            drop(sender.send(answer));
        }
    }
}

impl<T> Drop for Reply<T> {
    fn drop(&mut self) {
        if let Some(sender) = self.sender.take() {
            let error = if self.taken { unknown() } else { closed() };
            drop(sender.send(Err(error)));
        }
    }
}

impl<T> Answer<T> {
    /// Waits for the answer, and no longer than the deadline.
    pub(super) async fn wait(mut self) -> Result<T> {
        let Some((deadline, claim)) = self.claim else {
            return self.receiver.await.unwrap_or_else(|_| Err(unknown()));
        };
        if let Some(answer) = until(deadline, &mut self.receiver).await {
            return answer.unwrap_or_else(|_| Err(unknown()));
        }
        if claim.swap(GIVEN_UP, Ordering::AcqRel) == WAITING {
            return Err(Error::new(
                ErrorKind::Timeout,
                "the deadline passed before the store applied the request; nothing was applied",
            ));
        }
        self.receiver.try_recv().unwrap_or_else(|_| {
            Err(Error::new(
                ErrorKind::OutcomeUnknown,
                "the deadline passed while the disk was made to keep the request; it is applied wholly or not at all",
            ))
        })
    }
}

/// A decided request that waits for the commit of its group.
pub(super) enum Pending {
    Commit(Result<Outcome>, Reply<Outcome>),
    Write(Result<Written>, Reply<Written>),
    Sweep(Result<Swept>, Reply<Swept>),
}

impl Pending {
    /// Whether it is a caller's and has changed the group.
    pub(super) const fn has_changed(&self) -> bool {
        matches!(
            self,
            Self::Commit(Ok(Outcome::Applied(_)), _) | Self::Write(Ok(_), _)
        )
    }

    /// The group is committed: the caller hears what was decided.
    pub(super) fn confirm(self) {
        match self {
            Self::Commit(outcome, reply) => reply.send(outcome),
            Self::Write(written, reply) => reply.send(written),
            Self::Sweep(swept, reply) => reply.send(swept),
        }
    }

    /// The group is not committed: the caller hears that, or why his own request had failed before.
    pub(super) fn refuse(self, changed: impl FnOnce() -> Error, unchanged: impl FnOnce() -> Error) {
        let has_changed = self.has_changed();
        let error = || if has_changed { changed() } else { unchanged() };
        match self {
            Self::Commit(outcome, reply) => reply.send(outcome.and_then(|_| Err(error()))),
            Self::Write(written, reply) => reply.send(written.and_then(|_| Err(error()))),
            Self::Sweep(swept, reply) => reply.send(swept.and_then(|_| Err(error()))),
        }
    }
}

pub(super) fn closed() -> Error {
    Error::new(
        ErrorKind::Unavailable,
        "the store was closed; nothing was applied",
    )
}

fn unknown() -> Error {
    Error::new(
        ErrorKind::OutcomeUnknown,
        "the store ended while it applied the request; it is applied wholly or not at all",
    )
}
