//! The rows that differ between two checkpoints.

use std::cmp::Ordering;
use std::collections::{BTreeMap, btree_map};
use std::sync::Arc;

use xxhash_rust::xxh3::xxh3_64;

use super::chunk::Row;
use super::manifest::{ChunkRef, Manifest};
use super::rows::{self, SavedRows};
use super::target::Target;
use crate::backend::Key;
use crate::clock::Timestamp;
use crate::error::{Error, ErrorKind, Result};

/// How many bytes of rows a pass over what has no order holds in memory, about.
const PASS: u64 = 64 << 20;

/// Rows of one key.
#[derive(Debug)]
pub(super) enum Pair {
    Added(Row),
    Removed(Row),
    Changed(Row, Row),
}

impl Pair {
    pub(super) const fn key(&self) -> &Key {
        match self {
            Self::Added(row) | Self::Removed(row) | Self::Changed(row, _) => &row.key,
        }
    }
}

/// Which of them are asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    pub(super) namespace: Option<&'static str>,
    /// By how many milliseconds expiries may differ; if at all, what had expired when the other was taken is passed over.
    pub(super) expiry_within: Option<u64>,
    /// When the checkpoints were taken.
    pub(super) taken_at: [i64; 2],
}

impl Wanted {
    fn pair(self, before: Option<Row>, after: Option<Row>) -> Option<Pair> {
        let [taken_before, taken_after] = self.taken_at;
        match (before, after) {
            (None, None) => None,
            (None, Some(after)) if self.had_expired(&after, taken_before) => None,
            (Some(before), None) if self.had_expired(&before, taken_after) => None,
            (None, Some(after)) => Some(Pair::Added(after)),
            (Some(before), None) => Some(Pair::Removed(before)),
            (Some(before), Some(after)) => {
                (!self.are_equal(&before, &after)).then_some(Pair::Changed(before, after))
            }
        }
    }

    fn had_expired(self, row: &Row, at: i64) -> bool {
        let expires = row.expires.map(Timestamp::as_millis);
        let within = self
            .expiry_within
            .map(|within| i64::try_from(within).unwrap_or(i64::MAX));
        expires
            .zip(within)
            .is_some_and(|(expires, within)| expires <= at.saturating_add(within))
    }

    fn are_equal(self, before: &Row, after: &Row) -> bool {
        let expire_alike = match (before.expires, after.expires) {
            (Some(before), Some(after)) => {
                before.as_millis().abs_diff(after.as_millis()) <= self.expiry_within.unwrap_or(0)
            }
            (before, after) => before == after,
        };
        expire_alike && before.value == after.value && before.metadata == after.metadata
    }
}

/// Finds the rows that differ.
pub(super) struct Pairs<T> {
    way: Way<T>,
    wanted: Wanted,
}

enum Way<T> {
    InOrder(Box<[Side<T>; 2]>),
    InPasses(Box<Passes<T>>),
}

/// A side whose rows are in order.
struct Side<T> {
    rows: SavedRows<T>,
    /// Read and not compared yet.
    first: Option<Row>,
    last: Option<Key>,
    ended: bool,
}

struct Passes<T> {
    target: Arc<T>,
    sides: [Manifest; 2],
    pass: u64,
    /// How many passes there are.
    of: u64,
    found: btree_map::IntoIter<Key, [Option<Row>; 2]>,
}

impl<T: Target> Pairs<T> {
    /// Of chunks in each of which, and over which, rows are in the order of keys.
    pub(super) fn in_order(
        target: &Arc<T>,
        before: Vec<ChunkRef>,
        after: Vec<ChunkRef>,
        wanted: Wanted,
    ) -> Self {
        let sides = [before, after].map(|chunks| Side {
            rows: SavedRows::of(target, chunks),
            first: None,
            last: None,
            ended: false,
        });
        Self {
            way: Way::InOrder(Box::new(sides)),
            wanted,
        }
    }

    /// Of rows in any order: each pass looks at those keys whose hash leaves its number.
    pub(super) fn in_passes(
        target: &Arc<T>,
        before: &Manifest,
        after: &Manifest,
        wanted: Wanted,
    ) -> Self {
        let size = |manifest: &Manifest| -> u64 {
            let sizes = manifest.chunks.iter().map(|chunk| chunk.decoded);
            sizes.fold(0, u64::saturating_add)
        };
        let passes = size(before).saturating_add(size(after)).div_ceil(PASS);
        Self {
            way: Way::InPasses(Box::new(Passes {
                target: Arc::clone(target),
                sides: [before.clone(), after.clone()],
                pass: 0,
                of: passes.max(1),
                found: BTreeMap::new().into_iter(),
            })),
            wanted,
        }
    }

    pub(super) async fn next(&mut self) -> Result<Option<Pair>> {
        loop {
            let pair = match &mut self.way {
                Way::InOrder(sides) => next_in_order(sides).await?,
                Way::InPasses(passes) => passes.next(self.wanted.namespace).await?,
            };
            let Some([before, after]) = pair else {
                return Ok(None);
            };
            let Some(pair) = self.wanted.pair(before, after) else {
                continue;
            };
            if is_in(self.wanted.namespace, pair.key()) {
                return Ok(Some(pair));
            }
        }
    }
}

/// The rows of the first key that is left; `None` where none is.
async fn next_in_order<T: Target>(sides: &mut [Side<T>; 2]) -> Result<Option<[Option<Row>; 2]>> {
    let [before, after] = sides;
    before.fill().await?;
    after.fill().await?;
    let order = match (&before.first, &after.first) {
        (None, None) => return Ok(None),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (Some(before), Some(after)) => before.key.cmp(&after.key),
    };
    Ok(Some([
        before.first.take_if(|_| order.is_le()),
        after.first.take_if(|_| order.is_ge()),
    ]))
}

impl<T: Target> Side<T> {
    async fn fill(&mut self) -> Result<()> {
        if self.first.is_some() || self.ended {
            return Ok(());
        }
        let Some(row) = self.rows.next().await? else {
            self.ended = true;
            return Ok(());
        };
        if self.last.as_ref().is_some_and(|last| *last >= row.key) {
            let wrong = "the entries of a checkpoint are not in the order that its manifest says they are in";
            return Err(Error::new(ErrorKind::Corrupt, wrong).at_key(&row.key));
        }
        self.last = Some(row.key.clone());
        self.first = Some(row);
        Ok(())
    }
}

impl<T: Target> Passes<T> {
    async fn next(&mut self, namespace: Option<&str>) -> Result<Option<[Option<Row>; 2]>> {
        loop {
            if let Some((_, pair)) = self.found.next() {
                return Ok(Some(pair));
            }
            if self.pass == self.of {
                return Ok(None);
            }
            let mut found: BTreeMap<Key, [Option<Row>; 2]> = BTreeMap::new();
            for (side, manifest) in self.sides.iter().enumerate() {
                let mut rows = rows::all(&self.target, manifest);
                while let Some(row) = rows.next().await? {
                    let hash = xxh3_64(row.key.as_bytes());
                    if hash % self.of != self.pass || !is_in(namespace, &row.key) {
                        continue;
                    }
                    let pair = found.entry(row.key.clone()).or_default();
                    // What comes twice counts as it came last.
                    if let Some(slot) = pair.get_mut(side) {
                        *slot = Some(own(row));
                    }
                }
            }
            self.found = found.into_iter();
            self.pass += 1;
        }
    }
}

/// The row with bytes of its own, so that it does not keep its chunk.
fn own(mut row: Row) -> Row {
    row.value = bytes::Bytes::copy_from_slice(&row.value);
    row
}

fn is_in(namespace: Option<&str>, key: &Key) -> bool {
    namespace.is_none_or(|namespace| key.namespace() == namespace.as_bytes())
}
