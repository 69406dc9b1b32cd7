//! Asking all nodes at once, and hearing their answers until they decide.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::time::{Instant, timeout_at};

use super::seat::Seat;
use crate::backend::{Backend, Ttl};
use crate::error::{Error, ErrorKind, Result};

/// How many nodes must agree: any two such sets share a node.
pub(super) const fn quorum(nodes: usize) -> usize {
    nodes / 2 + 1
}

/// How long a node has to answer: a twentieth of the time to live, 100 ms at the least, and never more than a fourth.
pub(super) fn patience(ttl: Ttl) -> Duration {
    let ttl = ttl.as_duration();
    (ttl / 20).max(Duration::from_millis(100)).min(ttl / 4)
}

/// What the nodes have answered so far.
#[derive(Debug)]
pub(super) struct Ballot<T> {
    nodes: usize,
    /// How many must agree.
    needed: usize,
    /// What those gave that agreed.
    pub(super) yes: Vec<T>,
    no: usize,
    failed: usize,
    /// What is the most to be done about.
    failure: Option<Error>,
}

impl<T> Ballot<T> {
    const fn new(nodes: usize, needed: usize) -> Self {
        Self {
            nodes,
            needed,
            yes: Vec::new(),
            no: 0,
            failed: 0,
            failure: None,
        }
    }

    fn hear(&mut self, answer: Result<Option<T>>) {
        match answer {
            Ok(Some(given)) => self.yes.push(given),
            Ok(None) => self.no += 1,
            Err(error) => {
                self.failed += 1;
                if self.failure.is_none() || is_mistake(&error) {
                    self.failure = Some(error);
                }
            }
        }
    }

    /// How many can do without.
    const fn spare(&self) -> usize {
        self.nodes.saturating_sub(self.needed)
    }

    /// Enough agree.
    pub(super) fn is_carried(&self) -> bool {
        self.yes.len() >= self.needed
    }

    /// So many said no that enough cannot agree.
    pub(super) const fn is_refused(&self) -> bool {
        self.no > self.spare()
    }

    /// So many did not answer that enough cannot agree.
    pub(super) const fn is_unheard(&self) -> bool {
        self.failed > self.spare()
    }

    /// Whether enough agree, or cannot any more.
    pub(super) fn is_decided(&self) -> bool {
        self.is_carried() || self.no + self.failed > self.spare()
    }

    /// The program's mistake that a node told of, if any did.
    pub(super) fn mistake(&mut self) -> Option<Error> {
        self.failure.take_if(|error| is_mistake(error))
    }

    /// What to say where enough did not answer.
    pub(super) fn into_error(self) -> Error {
        let (failed, nodes, needed) = (self.failed, self.nodes, self.needed);
        let message = format!(
            "{failed} of {nodes} nodes did not answer in time, and {needed} must agree; what is held on them is free at the \
             latest when its time to live is over"
        );
        let error = Error::new(ErrorKind::Unavailable, message);
        match self.failure {
            Some(failure) => error.with_source(failure),
            None => error,
        }
    }
}

/// Time does not heal it.
fn is_mistake(error: &Error) -> bool {
    !error.is_retryable() && error.kind() != ErrorKind::OutcomeUnknown
}

/// Asks each node in a task of its own, which goes on when the answers are enough or it is `until`.
pub(super) async fn ask<B, T, F>(
    seats: &[Arc<Seat<B>>],
    needed: usize,
    until: Instant,
    ask: impl Fn(Arc<Seat<B>>) -> F + Send,
    enough: fn(&Ballot<T>) -> bool,
) -> Ballot<T>
where
    B: Backend,
    T: Send + 'static,
    F: Future<Output = Result<Option<T>>> + Send + 'static,
{
    let mut ballot = Ballot::new(seats.len(), needed);
    let asked = seats.iter().map(|seat| tokio::spawn(ask(Arc::clone(seat))));
    let mut answers: FuturesUnordered<_> = asked.collect();
    while !enough(&ballot) {
        match timeout_at(until, answers.next()).await {
            Ok(Some(answer)) => ballot.hear(answer.unwrap_or_else(|error| {
                let wrong = "the runtime ended while a node was asked";
                Err(Error::new(ErrorKind::Unavailable, wrong).with_source(error))
            })),
            Ok(None) => break,
            Err(_) => {
                ballot.failed += answers.len();
                break;
            }
        }
    }
    ballot
}
