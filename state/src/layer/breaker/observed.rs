use std::pin::Pin;
use std::task::{Context as Task, Poll};

use crate::backend::{Context, Deadline};

/// A call, which comes pinned, so that it lies in one future and not again in this one.
pub(super) struct Observed<'c, F> {
    pub(super) cx: &'c Context,
    pub(super) call: Pin<&'c mut F>,
    pub(super) began: &'c mut Began,
}

/// Whether the deadline had passed when a call began: then a timeout is no fault of the store's. It is not known where the answer
/// was there at once, for the clock is read only where it takes time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Began {
    Unseen,
    Seen { late: bool },
}

impl Began {
    /// Whether there was no time left. Asked once the call has failed.
    pub(super) fn late(self, cx: &Context) -> bool {
        match self {
            Self::Unseen => is_late(cx),
            Self::Seen { late } => late,
        }
    }
}

impl<F: Future> Future for Observed<'_, F> {
    type Output = F::Output;

    #[inline(always)]
    #[allow(
        clippy::inline_always,
        reason = "the call within is inlined, too, then, and its answer is not copied once more"
    )]
    fn poll(mut self: Pin<&mut Self>, task: &mut Task<'_>) -> Poll<F::Output> {
        let polled = self.call.as_mut().poll(task);
        if polled.is_pending() && *self.began == Began::Unseen {
            let late = is_late(self.cx);
            *self.began = Began::Seen { late };
        }
        polled
    }
}

fn is_late(cx: &Context) -> bool {
    cx.deadline.is_some_and(Deadline::has_passed)
}
