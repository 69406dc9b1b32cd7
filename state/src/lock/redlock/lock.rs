use std::sync::Arc;
use std::time::Duration;

use super::super::held::HeldLock;
use super::super::names::Names;
use super::super::poll::Polling;
use super::super::record;
use super::super::subject::{Guards as _, Subject};
use super::super::terms::{Terms, terms};
use super::grant::{Candidate, Seats};
use super::seat::{Bid, Seat};
use crate::backend::{Backend, Revision, Ttl};
use crate::error::Result;
use crate::store::{LockCounts, Store};

/// The lock on one key, to be acquired from a quorum of nodes.
#[derive(Debug)]
#[must_use = "a lock is held by nobody until it is acquired"]
pub struct QuorumLock<B> {
    pub(super) nodes: Arc<[Store<B>]>,
    pub(super) counts: Arc<LockCounts>,
    pub(super) subject: Subject<Arc<Names>>,
    pub(super) terms: Terms,
}

impl<B> QuorumLock<B> {
    terms! {
        /// How long a grant lives from when it is given or renewed. Default 10 s.
        ///
        /// Each node has a twentieth of it to answer, at least 100 ms and at most a fourth of it.
        ttl;
        /// Whether a grant is renewed by itself each third of its time to live. Default yes.
        renewed;
        /// What the holder is called, for people and observers: at most 256 bytes. Default `process` and its number.
        holder;
    }
}

impl<B: Backend> QuorumLock<B> {
    /// Acquires it, if a quorum of nodes gives it now; else no node is left with it.
    ///
    /// Cancellation: what a dropped future has acquired is released in the background.
    ///
    /// # Errors
    /// [`Unavailable`](crate::ErrorKind::Unavailable) where so many nodes did not answer in time that no quorum is left;
    /// [`Configuration`](crate::ErrorKind::Configuration) where two nodes are one store.
    pub async fn try_acquire(&self) -> Result<Option<HeldLock>> {
        let tried = self.attempt(&self.seats()?, 1).await;
        tried.map_err(|error| self.subject.located(error))
    }

    /// Acquires it, and waits for it as long as it takes: it is asked for four to twenty times a second.
    ///
    /// Cancellation: what a dropped future has acquired is released in the background.
    ///
    /// # Errors
    /// As [`try_acquire`](Self::try_acquire); an error that can be tried again when it comes three times in a row.
    pub async fn acquire(&self) -> Result<HeldLock> {
        self.wait(None).await
    }

    /// Acquires it, and waits at most so long.
    ///
    /// Cancellation: as [`acquire`](Self::acquire).
    ///
    /// # Errors
    /// [`Timeout`](crate::ErrorKind::Timeout) where others had it all the time, and as [`acquire`](Self::acquire).
    pub async fn acquire_within(&self, limit: Duration) -> Result<HeldLock> {
        self.wait(Some(limit)).await
    }

    async fn wait(&self, limit: Option<Duration>) -> Result<HeldLock> {
        let seats = self.seats()?;
        let mut polling = Polling::new(&self.counts, limit);
        let mut round = 0;
        loop {
            round += 1;
            let tried = self.attempt(&seats, round).await;
            let random = self.nodes.first().map_or(0, Store::random);
            let after = polling.after(tried, random).await;
            if let Some(held) = after.map_err(|error| self.subject.located(error))? {
                return Ok(held);
            }
        }
    }

    async fn attempt(&self, seats: &Seats<B>, round: u64) -> Result<Option<HeldLock>> {
        let candidate = Candidate {
            seats: Arc::clone(seats),
            bid: Bid {
                holder: record::encode(&self.terms.holder)?,
                ttl: self.terms.ttl,
                round,
            },
            renews: self.terms.renews,
        };
        let key = self.subject.get()?.guarded();
        HeldLock::attempt(candidate.make(), key, &self.counts).await
    }

    fn seats(&self) -> Result<Seats<B>> {
        let names = self.subject.get()?;
        let all: Arc<[Revision]> = self.nodes.iter().map(Store::new_revision).collect();
        let seats = self.nodes.iter().zip(all.iter()).map(|(node, &revision)| {
            let names = Arc::clone(names);
            Arc::new(Seat::new(node.clone(), names, Arc::clone(&all), revision))
        });
        Ok(seats.collect())
    }
}
