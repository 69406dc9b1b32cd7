//! What a quorum of nodes grants.

use std::sync::Arc;

use tokio::time::Instant;

use super::super::Fence;
use super::super::lease::{Grant, Granted, surely};
use super::ballot::{Ballot, ask, patience, quorum};
use super::seat::{Bid, Seat};
use crate::backend::{Backend, Deadline, Ttl};
use crate::error::Result;

/// All nodes of one holder.
pub(super) type Seats<B> = Arc<[Arc<Seat<B>>]>;

/// A lock that is held as long as a quorum has the holder's record.
#[derive(Debug)]
pub(super) struct QuorumGrant<B> {
    seats: Seats<B>,
    bid: Bid,
    fence: Fence,
}

impl<B: Backend> Grant for QuorumGrant<B> {
    async fn renew(&self, ttl: Ttl, deadline: Deadline) -> Result<bool> {
        let until = Instant::now() + patience(ttl);
        let until = until.min(Instant::from_std(deadline.instant()));
        let (fence, bid) = (
            self.fence,
            Bid {
                ttl,
                ..self.bid.clone()
            },
        );
        let renew = |seat: Arc<Seat<B>>| {
            let bid = bid.clone();
            async move { seat.renew(&bid, fence, until).await }
        };
        let enough = |ballot: &Ballot<()>| ballot.is_carried() || ballot.is_refused();
        decision(ask(&self.seats, quorum(self.seats.len()), until, renew, enough).await)
    }

    async fn release(&self) -> Result<bool> {
        decision(leave(&self.seats, &self.bid).await)
    }
}

/// Gives up at all nodes, also at those that did not answer. What takes longer is done in the background.
async fn leave<B: Backend>(seats: &Seats<B>, bid: &Bid) -> Ballot<()> {
    let until = Instant::now() + patience(bid.ttl);
    let leave = |seat: Arc<Seat<B>>| {
        let bid = bid.clone();
        async move { seat.leave(&bid).await }
    };
    ask(seats, quorum(seats.len()), until, leave, |_| false).await
}

fn decision(ballot: Ballot<()>) -> Result<bool> {
    if ballot.is_carried() {
        Ok(true)
    } else if ballot.is_refused() {
        Ok(false)
    } else {
        Err(ballot.into_error())
    }
}

/// One try to get a lock.
#[derive(Debug)]
pub(super) struct Candidate<B> {
    pub(super) seats: Seats<B>,
    pub(super) bid: Bid,
    pub(super) renews: bool,
}

impl<B: Backend> Candidate<B> {
    /// The grant; `None` where others have so many nodes that no quorum is left.
    pub(super) async fn make(self) -> Result<Option<Granted<QuorumGrant<B>>>> {
        let asked = Instant::now();
        let elected = self.elect().await;
        let Self { seats, bid, renews } = self;
        let ttl = bid.ttl;
        match elected {
            Ok(Some(fence)) if Instant::now() < asked + surely(ttl) => Ok(Some(Granted {
                grant: QuorumGrant { seats, bid, fence },
                fence,
                ttl,
                renews,
                asked,
            })),
            failed => {
                leave(&seats, &bid).await;
                failed.map(|_| None)
            }
        }
    }

    async fn elect(&self) -> Result<Option<Fence>> {
        let until = Instant::now() + patience(self.bid.ttl);
        let take = |seat: Arc<Seat<B>>| {
            let bid = self.bid.clone();
            async move {
                let fence = seat.take(&bid, until).await?;
                Ok(fence.map(|fence| (fence, seat)))
            }
        };
        let mut votes = ask(
            &self.seats,
            quorum(self.seats.len()),
            until,
            take,
            Ballot::is_decided,
        )
        .await;
        if let Some(mistake) = votes.mistake() {
            return Err(mistake);
        }
        if !votes.is_carried() {
            return if votes.is_unheard() {
                Err(votes.into_error())
            } else {
                Ok(None)
            };
        }
        let Some(fence) = votes.yes.iter().map(|(fence, _)| *fence).max() else {
            return Ok(None);
        };
        self.write_back(fence, &votes.yes).await
    }

    /// Has the greatest fence that was read stand on a quorum, so that whoever comes next reads it.
    async fn write_back(
        &self,
        fence: Fence,
        taken: &[(Fence, Arc<Seat<B>>)],
    ) -> Result<Option<Fence>> {
        let (there, behind): (Vec<_>, Vec<_>) = taken.iter().partition(|(read, _)| *read == fence);
        let missing = quorum(self.seats.len()).saturating_sub(there.len());
        if missing == 0 {
            return Ok(Some(fence));
        }
        let behind: Vec<_> = behind
            .into_iter()
            .map(|(_, seat)| Arc::clone(seat))
            .collect();
        let until = Instant::now() + patience(self.bid.ttl);
        let raise = |seat: Arc<Seat<B>>| async move { seat.raise(fence, until).await };
        let raised = ask(&behind, missing, until, raise, Ballot::is_decided).await;
        Ok(decision(raised)?.then_some(fence))
    }
}
