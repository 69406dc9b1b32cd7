use std::hash::BuildHasher as _;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use quick_cache::sync::{Cache, DefaultLifecycle, PlaceholderGuard};
use quick_cache::{DefaultHashBuilder, Weighter};

use smallvec::SmallVec;

use super::options::CacheLayer;
use crate::backend::{Entry, Key};

/// Over how many locks the keys are spread.
const STRIPES: usize = 1 << u8::BITS;
/// About what an entry takes in memory beside its key and its value.
const OVERHEAD: u64 = 200;

/// What is cached, and the rules by which it is.
pub(super) struct Entries {
    cached: Cache<Key, Cached, Weight>,
    stripes: Box<[Mutex<Stripe>; STRIPES]>,
    hasher: DefaultHashBuilder,
    /// Grows when everything is to be forgotten; what was kept before does not count any more.
    era: AtomicU64,
    /// Whether changes are heard of, or need not be.
    hears: AtomicBool,
    capacity: u64,
    ttl: Duration,
    negative_ttl: Duration,
}

/// What keys that share a lock have in common.
#[derive(Default)]
struct Stripe {
    /// Grows with every change.
    epoch: u64,
    /// How many writes are on their way.
    writers: usize,
}

#[derive(Clone)]
struct Cached {
    found: Option<Entry>,
    until: Instant,
    era: u64,
}

#[derive(Debug, Clone, Copy)]
struct Weight;

impl Weighter<Key, Cached> for Weight {
    fn weight(&self, key: &Key, cached: &Cached) -> u64 {
        let value = cached.found.as_ref().map_or(0, |entry| entry.value.len());
        OVERHEAD + (key.as_bytes().len() + value) as u64
    }
}

/// The time of the runtime's clock, so that a test with paused time sees it pass.
fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

pub(super) enum Answer<'a> {
    Known(Option<Entry>),
    /// To be asked of the store; the answer may be kept where there is a load.
    Unknown(Option<Load<'a>>),
}

/// A read of the store whose answer is to be kept.
pub(super) struct Load<'a> {
    place: Place<'a>,
    epoch: u64,
    era: u64,
    begun: Instant,
}

enum Place<'a> {
    /// Others who want the key wait for it.
    Awaited(
        Key,
        PlaceholderGuard<
            'a,
            Key,
            Cached,
            Weight,
            DefaultHashBuilder,
            DefaultLifecycle<Key, Cached>,
        >,
    ),
    Free(Key),
}

impl Place<'_> {
    fn key(&self) -> &Key {
        match self {
            Self::Awaited(key, _) | Self::Free(key) => key,
        }
    }
}

impl Entries {
    pub(super) fn new(options: &CacheLayer) -> Self {
        let expected = usize::try_from(options.capacity / 512).unwrap_or(usize::MAX);
        Self {
            cached: Cache::with_weighter(expected.max(16), options.capacity, Weight),
            stripes: Box::new(std::array::from_fn(|_| Mutex::default())),
            hasher: DefaultHashBuilder::default(),
            era: AtomicU64::new(0),
            hears: AtomicBool::new(options.local),
            capacity: options.capacity,
            ttl: options.ttl,
            negative_ttl: options.negative_ttl,
        }
    }

    /// What is known of a key; of those who do not know it one asks the store, and the others wait for what it finds.
    ///
    /// Cancellation: nothing is left behind; where the one who asks is dropped another asks.
    pub(super) async fn look_up(&self, key: &Key) -> Answer<'_> {
        if !self.hears.load(Ordering::Acquire) || self.capacity == 0 {
            return Answer::Unknown(None);
        }
        if let Some(cached) = self.valid(key) {
            return Answer::Known(cached.found);
        }
        if self.stripe(key.as_bytes()).writers > 0 {
            return Answer::Unknown(None);
        }
        match self.cached.get_value_or_guard_async(key).await {
            Ok(cached) if self.is_valid(&cached) => Answer::Known(cached.found),
            Ok(_) => self.begin(Place::Free(key.clone())),
            Err(guard) => self.begin(Place::Awaited(key.clone(), guard)),
        }
    }

    /// What is known of a key, without waiting for anybody.
    pub(super) fn peek(&self, key: &Key) -> Answer<'_> {
        if !self.hears.load(Ordering::Acquire) || self.capacity == 0 {
            return Answer::Unknown(None);
        }
        match self.valid(key) {
            Some(cached) => Answer::Known(cached.found),
            None => self.begin(Place::Free(key.clone())),
        }
    }

    fn valid(&self, key: &Key) -> Option<Cached> {
        let cached = self.cached.get(key)?;
        if self.is_valid(&cached) {
            return Some(cached);
        }
        self.cached.remove(key);
        None
    }

    fn is_valid(&self, cached: &Cached) -> bool {
        cached.era == self.era.load(Ordering::Acquire) && now() < cached.until
    }

    fn begin<'a>(&'a self, place: Place<'a>) -> Answer<'a> {
        let era = self.era.load(Ordering::Acquire);
        let begun = now();
        let stripe = self.stripe(place.key().as_bytes());
        let (epoch, writers) = (stripe.epoch, stripe.writers);
        drop(stripe);
        Answer::Unknown((writers == 0).then_some(Load {
            place,
            epoch,
            era,
            begun,
        }))
    }

    /// Keeps what the store has answered, unless the key was changed meanwhile.
    pub(super) fn keep(&self, load: Load<'_>, found: Option<&Entry>) {
        let longest = match found {
            Some(_) => self.ttl,
            None => self.negative_ttl,
        };
        // What is left of its life counts from when it was asked for, at the latest.
        let left = found.and_then(|entry| entry.ttl);
        let left = left.map_or(longest, |ttl| longest.min(ttl.as_duration()));
        let Some(until) = load.begun.checked_add(left) else {
            return;
        };
        let cached = Cached {
            found: found.map(|entry| Entry {
                ttl: None,
                ..entry.clone()
            }),
            until,
            era: load.era,
        };
        let stripe = self.stripe(load.place.key().as_bytes());
        if stripe.epoch != load.epoch || stripe.writers > 0 {
            return;
        }
        match load.place {
            // Refused where the key was removed meanwhile, which is as well.
            Place::Awaited(_, guard) => drop(guard.insert(cached)),
            Place::Free(key) => self.cached.insert(key, cached),
        }
        drop(stripe);
    }

    /// From now until the guard is dropped nothing is known of these keys.
    pub(super) fn writing<'a, 'k>(&'a self, keys: impl Iterator<Item = &'k Key>) -> Writing<'a> {
        let mut places = SmallVec::new();
        for key in keys {
            let place = self.place(key.as_bytes());
            let mut stripe = self.lock(place);
            stripe.epoch += 1;
            stripe.writers += 1;
            self.cached.remove(key);
            drop(stripe);
            places.push(place);
        }
        Writing {
            entries: self,
            places,
        }
    }

    /// The entry was changed by somebody.
    pub(super) fn forget(&self, key: &[u8]) {
        let mut stripe = self.stripe(key);
        stripe.epoch += 1;
        self.cached.remove(key);
        drop(stripe);
    }

    /// Forgets everything, also what is being read.
    pub(super) fn clear(&self) {
        self.era.fetch_add(1, Ordering::AcqRel);
        self.cached.clear();
    }

    /// Whether changes are heard of.
    pub(super) fn set_hears(&self, hears: bool) {
        self.hears.store(hears, Ordering::Release);
        self.clear();
    }

    pub(super) fn bytes(&self) -> u64 {
        self.cached.weight()
    }

    pub(super) fn len(&self) -> u64 {
        self.cached.len() as u64
    }

    fn place(&self, key: &[u8]) -> u8 {
        let [place, ..] = self.hasher.hash_one(key).to_le_bytes();
        place
    }

    #[allow(
        clippy::indexing_slicing,
        reason = "there are as many stripes as a byte has values"
    )]
    fn lock(&self, place: u8) -> MutexGuard<'_, Stripe> {
        let stripe = &self.stripes[usize::from(place)];
        stripe.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stripe(&self, key: &[u8]) -> MutexGuard<'_, Stripe> {
        self.lock(self.place(key))
    }
}

/// Writes that are on their way, until it is dropped.
pub(super) struct Writing<'a> {
    entries: &'a Entries,
    places: SmallVec<[u8; 8]>,
}

impl Drop for Writing<'_> {
    fn drop(&mut self) {
        for &place in &self.places {
            let mut stripe = self.entries.lock(place);
            stripe.epoch += 1;
            stripe.writers -= 1;
        }
    }
}
