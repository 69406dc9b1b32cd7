use std::num::NonZeroU16;
use std::sync::Arc;
use std::time::Duration;

use super::grant::Attempt;
use super::held::HeldLock;
use super::names::Names;
use super::subject::Subject;
use super::terms::{Terms, terms};
use super::wait::Waiting;
use crate::backend::{Backend, Context, Key, Notify, Ttl};
use crate::error::Result;
use crate::key::{KeyLookup, encode_key};
use crate::store::Store;

/// So many permits for one key, each of which one holder at a time has.
///
/// A permit is a lock, whose fence is one of its own: it lives for a time, is renewed by itself, and is free again when its holder dies. All processes
/// should name the same number of permits; one that names fewer uses the first of them.
#[derive(Debug)]
#[must_use = "a permit is held by nobody until it is acquired"]
pub struct Semaphore<B> {
    store: Store<B>,
    subject: Subject<Key>,
    permits: NonZeroU16,
    terms: Terms,
}

impl<B: Backend> Store<B> {
    /// The semaphore of `key`, which need not exist, with so many permits. A look costs a read of as many entries.
    pub fn semaphore<Q>(&self, key: &Q, permits: NonZeroU16) -> Semaphore<B>
    where
        Q: KeyLookup + ?Sized,
    {
        Semaphore {
            store: self.clone(),
            subject: Subject::new(encode_key(key), "semaphore"),
            permits,
            terms: Terms::default(),
        }
    }
}

impl<B> Semaphore<B> {
    terms! {
        /// How long a permit lives from when it is given or renewed. Default 10 s.
        ttl;
        /// What the holder is called: at most 256 bytes. Default `process` and its number.
        holder;
    }
}

impl<B: Backend> Semaphore<B> {
    /// A permit, if one is free now.
    ///
    /// Cancellation: what a dropped future has acquired is released in the background.
    ///
    /// # Errors
    /// As [`Lock::try_acquire`](super::Lock::try_acquire).
    pub async fn try_acquire(&self) -> Result<Option<HeldLock>> {
        let cx = self.store.context("semaphore");
        match self.attempt(&cx, &self.slots()?).await? {
            Tried::Acquired(permit) => Ok(Some(permit)),
            Tried::Taken(_) => Ok(None),
        }
    }

    /// How many permits are held now.
    ///
    /// Cancellation: nothing is left behind.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn held(&self) -> Result<usize> {
        let cx = self.store.context("semaphore");
        let slots = self.slots()?;
        let keys: Vec<Key> = slots.iter().map(|slot| slot.record.clone()).collect();
        let entries = self.store.backend().get(&cx, &keys).await;
        let entries = entries.map_err(|error| self.subject.located(error))?;
        Ok(entries.iter().flatten().count())
    }

    fn slots(&self) -> Result<Vec<Arc<Names>>> {
        let guarded = self.subject.get()?;
        (0..self.permits.get())
            .map(|number| Names::of_slot(guarded, number).map(Arc::new))
            .collect()
    }

    /// One try of one that is free, chosen at random, and of another where it was taken meanwhile.
    async fn attempt(&self, cx: &Context, slots: &[Arc<Names>]) -> Result<Tried> {
        let keys: Vec<Key> = slots.iter().map(|slot| slot.record.clone()).collect();
        loop {
            let looked = self.store.backend().get(&cx.with_lifetimes(), &keys).await;
            let entries = looked.map_err(|error| self.subject.located(error))?;
            let mut free = slots
                .iter()
                .zip(&entries)
                .filter(|(_, entry)| entry.is_none());
            let count = free.clone().count();
            if count == 0 {
                let left = entries.iter().flatten().filter_map(|entry| entry.ttl);
                return Ok(Tried::Taken(left.min()));
            }
            let chosen = usize::try_from(self.store.random()).unwrap_or(0) % count;
            let Some((slot, _)) = free.nth(chosen) else {
                continue;
            };
            let attempt = Attempt::new(&self.store, slot, &self.terms)?;
            let counts = self.store.lock_counts();
            let permit = HeldLock::attempt(attempt.make(*cx), &slot.guarded, counts).await;
            if let Some(permit) = permit.map_err(|error| self.subject.located(error))? {
                return Ok(Tried::Acquired(permit));
            }
            tokio::task::yield_now().await;
        }
    }
}

impl<B: Notify> Semaphore<B> {
    /// A permit, as soon as one is free.
    ///
    /// Cancellation: what a dropped future has acquired is released in the background.
    ///
    /// # Errors
    /// As [`try_acquire`](Self::try_acquire).
    pub async fn acquire(&self) -> Result<HeldLock> {
        self.wait(None).await
    }

    /// A permit, if one is free within so long.
    ///
    /// Cancellation: as [`acquire`](Self::acquire).
    ///
    /// # Errors
    /// [`Timeout`](crate::ErrorKind::Timeout) where all were taken all the time, and as [`try_acquire`](Self::try_acquire).
    pub async fn acquire_within(&self, limit: Duration) -> Result<HeldLock> {
        self.wait(Some(limit)).await
    }

    async fn wait(&self, limit: Option<Duration>) -> Result<HeldLock> {
        let slots = self.slots()?;
        let keys: Vec<&[u8]> = slots.iter().map(|slot| slot.record.as_bytes()).collect();
        let mut waiting = Waiting::new(&self.store, limit);
        let mut heard = false;
        loop {
            match self.attempt(&waiting.context(), &slots).await? {
                Tried::Acquired(permit) => return Ok(permit),
                Tried::Taken(ttl) if heard => {
                    let changed = waiting.until_changed(&keys, ttl, "others").await;
                    changed.map_err(|error| self.subject.located(error))?;
                }
                // What was released before it listens is seen by another look.
                Tried::Taken(_) => {}
            }
            waiting.begin().await;
            heard = true;
        }
    }
}

enum Tried {
    Acquired(HeldLock),
    /// All are held; the first that may expire does so after this.
    Taken(Option<Ttl>),
}
