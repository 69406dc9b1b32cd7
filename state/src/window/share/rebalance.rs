use futures_util::future::join_all;

use super::members::{lock, members};
use super::owned::Owned;
use super::seat::Seat;
use super::worker::Worker;
use crate::backend::{Backend, Key};
use crate::error::{Error, ErrorKind, Result};
use crate::key::KeyField;
use crate::primitive::Aggregate;
use crate::store::Operation;
use crate::value::StateValue;
use crate::window::assign::Windowing;

/// How many shards are taken at the same time: each asks for a connection.
const AT_ONCE: usize = 4;

/// Which shards have changed hands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[must_use = "where shards were gained, each source has to be read again from its position"]
#[non_exhaustive]
pub struct Rebalanced {
    /// Shards that this worker owns now. Each source has to be read from [`position`](Worker::position) on.
    pub gained: Vec<u32>,
    /// Shards that it had above its share, and has given up.
    pub released: Vec<u32>,
    /// Shards whose locks it had lost, and that have not been told of yet.
    pub lost: Vec<u32>,
}

impl Rebalanced {
    /// Whether nothing has changed.
    pub const fn is_empty(&self) -> bool {
        self.gained.is_empty() && self.released.is_empty() && self.lost.is_empty()
    }
}

/// How many of the shards are for the member in this place.
const fn share(shards: usize, members: usize, place: usize) -> usize {
    match (shards.checked_div(members), shards.checked_rem(members)) {
        (Some(each), Some(rest)) => each + if place < rest { 1 } else { 0 },
        _ => shards,
    }
}

impl<B, K, A, W> Worker<B, K, A, W>
where
    B: Backend,
    K: KeyField,
    A: Aggregate<Input: Send + Sync, Output: StateValue>,
    W: Windowing<A>,
{
    /// Looks who is there, gives up shards above this worker's fair share, and takes free ones below it. Call it between two
    /// batches, each second or so: how soon the shards of a worker that died are taken over depends on it.
    ///
    /// It costs a range, and where shards are wanted a read and a commit for each.
    ///
    /// Cancellation: a part of them may have changed hands; [`shards`](Self::shards) tells which it owns.
    ///
    /// # Errors
    /// Where the store fails; a part of them may have changed hands.
    pub fn rebalance(&mut self) -> Operation<'_, Rebalanced> {
        Box::pin(async move {
            let balanced = self.balance().await;
            balanced.map_err(|error| error.in_operation("rebalance"))
        })
    }

    async fn balance(&mut self) -> Result<Rebalanced> {
        self.forget_lost();
        let share = self.share().await?;
        let released = self.release_to(share).await?;
        let gained = self.take_to(share).await?;
        Ok(Rebalanced {
            gained,
            released,
            lost: self.tell_lost(),
        })
    }

    /// How many shards are for this worker, which becomes a member again where it is none.
    async fn share(&mut self) -> Result<usize> {
        let definition = &self.windows.definition;
        let members = members(definition).await?;
        let mut members: Vec<Key> = members.into_iter().map(|item| item.key).collect();
        if !self.seat.is_held() || !members.contains(&self.seat.key) {
            self.seat = Seat::take(&definition.store, &definition.name, &self.membership).await?;
            members.push(self.seat.key.clone());
        }
        let own = self.seat.key.as_bytes();
        let before = members.iter().filter(|key| key.as_bytes() < own);
        let shards = usize::try_from(definition.shards.get()).unwrap_or(usize::MAX);
        Ok(share(shards, members.len(), before.count()))
    }

    async fn release_to(&mut self, share: usize) -> Result<Vec<u32>> {
        let above = self.owned.len().saturating_sub(share);
        let above: Vec<_> = std::iter::from_fn(|| self.owned.pop_last())
            .take(above)
            .collect();
        let releases = above
            .into_iter()
            .map(async |(number, owned)| (number, owned.guard.release().await));
        let mut given_up = Vec::new();
        let mut wrong = None;
        for (number, released) in join_all(releases).await {
            match released {
                Ok(()) => given_up.push(number),
                Err(error) if error.kind() == ErrorKind::LockLost => self.lost.push(number),
                Err(error) => wrong = wrong.or(Some(error)),
            }
        }
        given_up.sort_unstable();
        wrong.map_or(Ok(given_up), Err)
    }

    async fn take_to(&mut self, share: usize) -> Result<Vec<u32>> {
        if self.owned.len() >= share {
            return Ok(Vec::new());
        }
        let mut free = self.free().await?;
        // Workers that come at the same time do not all want the same.
        let begin = usize::try_from(self.windows.definition.store.random()).unwrap_or(0);
        let begin = begin.checked_rem(free.len()).unwrap_or(0);
        free.rotate_left(begin);
        let mut gained = Vec::new();
        while self.owned.len() < share && !free.is_empty() {
            let wanted = share - self.owned.len();
            let rest = free.split_off(free.len().min(wanted).min(AT_ONCE));
            let takes = free.iter().map(async |number| {
                let taken = Owned::take(&self.windows.definition, *number, &self.membership).await;
                (*number, taken)
            });
            let mut wrong: Option<Error> = None;
            for (number, taken) in join_all(takes).await {
                match taken {
                    Ok(Some(owned)) => {
                        self.gains += 1;
                        self.owned.insert(number, owned);
                        gained.push(number);
                    }
                    // Somebody else was faster.
                    Ok(None) => {}
                    Err(error) => wrong = wrong.or(Some(error)),
                }
            }
            if let Some(error) = wrong {
                return Err(error);
            }
            free = rest;
        }
        gained.sort_unstable();
        Ok(gained)
    }

    /// The shards that nobody owns.
    async fn free(&self) -> Result<Vec<u32>> {
        let definition = &*self.windows.definition;
        let others = 0..definition.shards.get();
        let others = others.filter(|number| !self.owned.contains_key(number));
        let others: Vec<u32> = others.collect();
        let records = others.iter().map(|number| {
            let lock = lock(definition, *number)?;
            lock.record_key().cloned()
        });
        let records: Vec<Key> = records.collect::<Result<_>>()?;
        let store = &definition.store;
        let cx = store.context("rebalance");
        let found = others
            .into_iter()
            .zip(store.backend().get(&cx, &records).await?);
        Ok(found
            .filter_map(|(number, record)| record.is_none().then_some(number))
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use super::share;

    #[test]
    fn the_shares_of_all_are_all_shards_and_differ_by_one_at_the_most() {
        for shards in 1..20 {
            for members in 1..25 {
                let shares = || (0..members).map(|place| share(shards, members, place));
                assert_eq!(shares().sum::<usize>(), shards, "{members} members");
                let (most, least) = (shares().max(), shares().min());
                assert!(most <= least.map(|least| least + 1), "{shards} {members}");
            }
        }
    }
}
