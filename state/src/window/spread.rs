use std::collections::BTreeMap;
use std::num::NonZeroU32;

use futures_util::future::join_all;
use tokio::sync::Mutex;
use xxhash_rust::xxh3::xxh3_64;

use super::assign::{Assigner, Windowing};
use super::batch::{Batch, Element};
use super::shard::{Shard, Work};
use crate::backend::Backend;
use crate::error::Result;
use crate::primitive::Aggregate;
use crate::value::StateValue;

/// Shards, each with its number, that do the same at the same time.
#[derive(Debug)]
pub(super) struct Spread<'a, B, W> {
    /// How many there are, also of others.
    all: NonZeroU32,
    shards: Vec<(u32, &'a Mutex<Shard<B, W>>)>,
}

/// What became of each: the places of what was late. The shards tell of that again until they hear that it was [told](Spread::told).
pub(super) type Runs = Vec<(u32, Result<Vec<usize>>)>;

/// The shard that a key lies in.
pub(super) fn shard_of(user_key: &[u8], shards: NonZeroU32) -> u32 {
    let shard = xxh3_64(user_key) % u64::from(shards.get());
    u32::try_from(shard).unwrap_or(0)
}

/// The places of what was late in all, in order.
///
/// # Errors
/// The first one of any.
pub(super) fn late(runs: Runs) -> Result<Vec<usize>> {
    let mut late = Vec::new();
    for (_, run) in runs {
        late.extend(run?);
    }
    late.sort_unstable();
    Ok(late)
}

impl<'a, B, W> Spread<'a, B, W> {
    pub(super) const fn new(all: NonZeroU32, shards: Vec<(u32, &'a Mutex<Shard<B, W>>)>) -> Self {
        Self { all, shards }
    }

    /// Which elements concern each of the shards.
    fn places<K, I>(&self, elements: &[Element<K, I>]) -> Vec<Vec<usize>> {
        let slots = self.shards.iter().enumerate();
        let slots: BTreeMap<u32, usize> =
            slots.map(|(slot, (number, _))| (*number, slot)).collect();
        let mut all = vec![Vec::new(); self.shards.len()];
        for (place, element) in elements.iter().enumerate() {
            let Some(bytes) = element.user_key() else {
                for places in &mut all {
                    places.push(place);
                }
                continue;
            };
            let slot = slots.get(&shard_of(bytes, self.all));
            if let Some(places) = slot.and_then(|slot| all.get_mut(*slot)) {
                places.push(place);
            }
        }
        all
    }
}

impl<B: Backend, W> Spread<'_, B, W> {
    /// Each applies those elements that concern it.
    pub(super) async fn apply<K, A>(&self, batch: &Batch<K, A::Input>) -> Runs
    where
        K: Sync,
        A: Aggregate<Input: Sync, Output: StateValue>,
        W: Windowing<A>,
    {
        let works = self.places(&batch.elements).into_iter().map(|places| Work {
            source: &batch.source,
            elements: &batch.elements,
            places,
            watermark: None,
            ring: false,
        });
        self.run::<K, A>(&works.collect::<Vec<_>>()).await
    }

    /// The caller is told now that these were late.
    ///
    /// Cancellation: he may be told once more.
    pub(super) async fn told<K: Sync, I: Sync>(&self, batch: &Batch<K, I>, late: &[usize])
    where
        W: Assigner,
    {
        if late.is_empty() {
            return;
        }
        let work = Work {
            source: &batch.source,
            elements: &batch.elements,
            places: Vec::new(),
            watermark: None,
            ring: false,
        };
        for (_, shard) in &self.shards {
            shard.lock().await.told(&work, late);
        }
    }

    /// Each moves its watermark, or fires what is due on the wall's clock.
    pub(super) async fn turn<K, A>(&self, watermark: Option<i64>, ring: bool) -> Runs
    where
        K: Sync,
        A: Aggregate<Input: Sync, Output: StateValue>,
        W: Windowing<A>,
    {
        let works = self.shards.iter().map(|_| Work {
            source: "",
            elements: &[],
            places: Vec::new(),
            watermark,
            ring,
        });
        self.run::<K, A>(&works.collect::<Vec<_>>()).await
    }

    async fn run<K, A>(&self, works: &[Work<'_, K, A::Input>]) -> Runs
    where
        K: Sync,
        A: Aggregate<Input: Sync, Output: StateValue>,
        W: Windowing<A>,
    {
        let runs = self.shards.iter().zip(works);
        let runs = runs.map(async |((number, shard), work)| {
            let mut shard = shard.lock().await;
            (*number, shard.run::<K, A>(work).await)
        });
        join_all(runs).await
    }
}
