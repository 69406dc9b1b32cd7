//! What differs between two checkpoints.

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use super::checkpoints::Checkpoints;
use super::chunk::Row;
use super::id::CheckpointId;
use super::manifest::{ChunkRef, Manifest};
use super::pairs::{Pair, Pairs, Wanted};
use super::reader::{CheckpointReader, value};
use super::target::Target;
use crate::backend::Escaped;
use crate::clock::Timestamp;
use crate::error::Result;
use crate::key::{KeyLookup, StateKey, decode_key};
use crate::store::Operation;
use crate::value::StateValue;

/// Two checkpoints of a target, to be compared key by key.
///
/// **What it costs**: where both have their entries in the order of keys (memory, embedded, PostgreSQL), only the chunks that are not in both are read,
/// each once, and two are in memory. Where one has not (Redis), all chunks are read, once for every 64 MiB that both
/// have together when decompressed, and so much is in memory.
pub struct CheckpointDiff<T> {
    before: CheckpointReader<T>,
    after: CheckpointReader<T>,
    /// In milliseconds.
    expiry_within: Option<u64>,
}

/// How many entries differ.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DiffCounts {
    /// In the second alone.
    pub added: u64,
    /// In the first alone.
    pub removed: u64,
    /// In both, with another value, other metadata or another expiry.
    pub changed: u64,
}

/// An entry that differs: it was added where there is nothing before, and removed where there is nothing after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference<K, V> {
    /// The key.
    pub key: K,
    /// What the first checkpoint has.
    pub before: Option<Saved<V>>,
    /// What the second has.
    pub after: Option<Saved<V>>,
}

/// A value as a checkpoint has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saved<V> {
    /// The value.
    pub value: V,
    /// When it expires, by the clock of the store that it was taken from.
    pub expires: Option<Timestamp>,
}

impl<T: Target> Checkpoints<T> {
    /// Compares two checkpoints.
    ///
    /// Cancellation: nothing is left behind.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn diff<'a>(
        &'a self,
        before: &'a CheckpointId,
        after: &'a CheckpointId,
    ) -> Operation<'a, CheckpointDiff<T>> {
        Box::pin(async move {
            Ok(CheckpointDiff {
                before: self.read(before).await?,
                after: self.read(after).await?,
                expiry_within: None,
            })
        })
    }
}

impl<T: Target> CheckpointDiff<T> {
    /// Takes moments of expiry for equal that are no further apart, and passes over what had expired when the other was taken: for a
    /// store and its copy, which was written later and has another clock.
    #[must_use]
    pub fn expiry_within(mut self, apart: Duration) -> Self {
        self.expiry_within = Some(u64::try_from(apart.as_millis()).unwrap_or(u64::MAX));
        self
    }

    /// How many entries of each namespace differ; namespaces in which none does are left out.
    ///
    /// Cancellation: nothing is left behind.
    ///
    /// # Errors
    /// [`Corrupt`](crate::ErrorKind::Corrupt) where a chunk is damaged or missing.
    pub async fn counts(&self) -> Result<BTreeMap<String, DiffCounts>> {
        let mut counts: BTreeMap<String, DiffCounts> = BTreeMap::new();
        let mut pairs = self.pairs(None);
        while let Some(pair) = pairs.next().await? {
            let namespace = Escaped(pair.key().namespace()).to_string();
            let counts = counts.entry(namespace).or_default();
            match pair {
                Pair::Added(_) => counts.added += 1,
                Pair::Removed(_) => counts.removed += 1,
                Pair::Changed(..) => counts.changed += 1,
            }
        }
        Ok(counts)
    }

    /// What differs of a key type.
    pub fn entries<K: KeyLookup>(&self) -> Differences<T, K::Key> {
        Differences {
            pairs: self.pairs(Some(<K::Key as StateKey>::NAMESPACE)),
            kind: PhantomData,
        }
    }

    fn pairs(&self, namespace: Option<&'static str>) -> Pairs<T> {
        let (before, after) = (self.before.manifest(), self.after.manifest());
        let target = self.before.target();
        let wanted = Wanted {
            namespace,
            expiry_within: self.expiry_within,
            taken_at: [before.taken_at, after.taken_at],
        };
        if before.in_order && after.in_order {
            let (before, after) = (unshared(before, after), unshared(after, before));
            return Pairs::in_order(target, before, after, wanted);
        }
        Pairs::in_passes(target, before, after, wanted)
    }
}

/// The chunks of the first that the second has not. In order, keys of a common chunk are in no other of either.
fn unshared(one: &Manifest, other: &Manifest) -> Vec<ChunkRef> {
    let other: HashSet<&str> = other.chunks.iter().map(|chunk| &*chunk.hash).collect();
    let own = one.chunks.iter();
    let own = own.filter(|chunk| !other.contains(&*chunk.hash));
    own.cloned().collect()
}

/// The entries of a key type that differ between two checkpoints.
pub struct Differences<T, K> {
    pairs: Pairs<T>,
    kind: PhantomData<fn() -> K>,
}

impl<T: Target, K: StateKey<Value: StateValue>> Differences<T, K> {
    /// The next one; `None` at the end.
    ///
    /// Cancellation: what a dropped future had read is not given again.
    ///
    /// # Errors
    /// As [`SavedEntries::next`](super::SavedEntries::next).
    pub async fn next(&mut self) -> Result<Option<Difference<K, K::Value>>> {
        let Some(pair) = self.pairs.next().await? else {
            return Ok(None);
        };
        let key = decode_key(pair.key())?;
        let (before, after) = match pair {
            Pair::Added(after) => (None, Some(after)),
            Pair::Removed(before) => (Some(before), None),
            Pair::Changed(before, after) => (Some(before), Some(after)),
        };
        Ok(Some(Difference {
            key,
            before: before.as_ref().map(saved::<K>).transpose()?,
            after: after.as_ref().map(saved::<K>).transpose()?,
        }))
    }
}

fn saved<K: StateKey<Value: StateValue>>(row: &Row) -> Result<Saved<K::Value>> {
    Ok(Saved {
        value: value::<K>(row)?,
        expires: row.expires,
    })
}

impl<T> fmt::Debug for CheckpointDiff<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CheckpointDiff")
            .field("before", &self.before)
            .field("after", &self.after)
            .finish_non_exhaustive()
    }
}

impl<T, K> fmt::Debug for Differences<T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Differences").finish_non_exhaustive()
    }
}
