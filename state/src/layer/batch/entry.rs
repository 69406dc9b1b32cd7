use std::time::Instant;

use tokio::sync::oneshot;

use crate::backend::Deadline;

/// An operation that waits to be sent with others. Dropped before that, it goes back to its caller.
pub(super) struct Entry<O, A> {
    operation: Option<O>,
    deadline: Option<Deadline>,
    caller: Option<oneshot::Sender<Returned<O, A>>>,
}

/// What its caller gets; nothing where it was sent and its answer was lost.
pub(super) enum Returned<O, A> {
    Answer(A),
    /// Boxed, for it is rare, and all others would be as large.
    NotSent(Box<O>),
}

impl<O, A> Entry<O, A> {
    pub(super) fn new(
        operation: O,
        deadline: Option<Deadline>,
    ) -> (Self, oneshot::Receiver<Returned<O, A>>) {
        let (caller, answer) = oneshot::channel();
        let entry = Self {
            operation: Some(operation),
            deadline,
            caller: Some(caller),
        };
        (entry, answer)
    }

    /// Whether its caller still waits, and has time to.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        let awaited = self
            .caller
            .as_ref()
            .is_some_and(|caller| !caller.is_closed());
        awaited
            && self
                .deadline
                .is_none_or(|deadline| deadline.instant() > now)
    }

    pub(super) const fn deadline(&self) -> Option<Deadline> {
        self.deadline
    }

    pub(super) const fn operation(&self) -> Option<&O> {
        self.operation.as_ref()
    }

    /// The operation, which counts as sent from now on.
    pub(super) fn send(&mut self) -> Option<O> {
        self.operation.take()
    }

    pub(super) fn answer(mut self, answer: A) {
        self.give(Returned::Answer(answer));
    }

    fn give(&mut self, returned: Returned<O, A>) {
        if let Some(caller) = self.caller.take() {
            // A caller that is gone does not hear it.
            drop(caller.send(returned));
        }
    }
}

impl<O, A> Drop for Entry<O, A> {
    fn drop(&mut self) {
        if let Some(operation) = self.operation.take() {
            self.give(Returned::NotSent(Box::new(operation)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_dropped_before_it_is_sent_comes_back() {
        let (entry, answer) = Entry::<u8, u8>::new(1, None);
        drop(entry);
        assert!(matches!(answer.await, Ok(Returned::NotSent(it)) if *it == 1));
    }

    #[tokio::test]
    async fn what_is_dropped_after_it_is_sent_is_lost() {
        let (mut entry, answer) = Entry::<u8, u8>::new(1, None);
        assert_eq!(entry.send(), Some(1));
        drop(entry);
        assert!(answer.await.is_err());
    }

    #[tokio::test]
    async fn nobody_is_due_who_is_gone_or_late() {
        let (entry, answer) = Entry::<u8, u8>::new(1, None);
        let now = Instant::now();
        assert!(entry.is_due(now));
        drop(answer);
        assert!(!entry.is_due(now));
        let past = Deadline::at(now);
        let (entry, _answer) = Entry::<u8, u8>::new(1, Some(past));
        assert!(!entry.is_due(now));
    }
}
