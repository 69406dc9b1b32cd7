use std::fmt;
use std::marker::PhantomData;
use std::ops::{Bound, RangeBounds};

use super::successor::successor;
use super::{KeyLookup, KeyWriter, OrderedKey, StateKey};
use crate::backend::KeyBytes;
use crate::error::{Error, ErrorKind, Result};

/// How far a range reaches: [`Within`] one partition or [`Across`] several.
pub trait Reach: Send + Sync + 'static {
    /// Whether it stays within one partition.
    const WITHIN: bool;
}

/// Within one partition: every backend can read it.
#[derive(Debug, Clone, Copy)]
pub enum Within {}

/// Across partitions: only a backend of [`TotalOrder`](crate::backend::TotalOrder) can read it.
#[derive(Debug, Clone, Copy)]
pub enum Across {}

/// The reach of a range that every backend can read: [`Within`].
#[diagnostic::on_unimplemented(
    message = "this range may span partitions, and `Store::range` reads one",
    label = "not every partition field is fixed",
    note = "fix every `#[state(partition)]` field of the key type; a key type without one has its keys in \
            partitions of their own",
    note = "or use `store.range_across(..)`, where the backend is `TotalOrder` (memory, embedded, PostgreSQL)"
)]
pub trait OnePartition: Reach {}

impl OnePartition for Within {}

impl Reach for Within {
    const WITHIN: bool = true;
}

impl Reach for Across {
    const WITHIN: bool = false;
}

/// A range of keys of type `K`.
///
/// It comes from the prefix builder that the derive gives (`OrderKey::prefix()`), or, over whole keys,
/// from [`KeyRange::new`].
#[must_use = "a range reads nothing until a store is asked for it"]
pub struct KeyRange<K, R> {
    bounds: Result<Bounds>,
    reach: PhantomData<fn() -> (K, R)>,
}

/// The bytes of a range: from `start` to before `end`.
#[derive(Debug, Clone)]
pub(crate) struct Bounds {
    pub(crate) start: KeyBytes,
    pub(crate) end: KeyBytes,
    /// Where the partition ends in `start`; `None` where the range spans partitions.
    pub(crate) partition_end: Option<usize>,
}

impl<K: OrderedKey> KeyRange<K, Across> {
    /// The keys within bounds over whole keys, whatever their partitions.
    ///
    /// A start past the end is an error when the range is read.
    pub fn new<Q: KeyLookup<Key = K>>(bounds: impl RangeBounds<Q>) -> Self {
        let namespace = KeyWriter::for_namespace(K::NAMESPACE);
        Self::between(
            &namespace,
            bounds.start_bound(),
            bounds.end_bound(),
            KeyLookup::encode_fields,
        )
    }
}

impl<K: StateKey, R: Reach> KeyRange<K, R> {
    /// All keys whose bytes begin as the writer's.
    pub(super) fn of_prefix(prefix: &KeyWriter) -> Self {
        Self::from_bytes(
            prefix,
            KeyBytes::from(prefix.as_bytes()),
            successor(prefix.as_bytes()),
        )
    }

    /// The keys that go on after `prefix` with something within the bounds.
    pub(crate) fn between<T>(
        prefix: &KeyWriter,
        lower: Bound<&T>,
        upper: Bound<&T>,
        encode: impl Fn(&T, &mut KeyWriter),
    ) -> Self {
        let bytes = |value: &T| {
            let mut writer = prefix.clone();
            encode(value, &mut writer);
            writer
        };
        let start = match lower {
            Bound::Included(value) => KeyBytes::from(bytes(value).as_bytes()),
            Bound::Excluded(value) => successor(bytes(value).as_bytes()),
            Bound::Unbounded => KeyBytes::from(prefix.as_bytes()),
        };
        let end = match upper {
            Bound::Included(value) => successor(bytes(value).as_bytes()),
            Bound::Excluded(value) => KeyBytes::from(bytes(value).as_bytes()),
            Bound::Unbounded => successor(prefix.as_bytes()),
        };
        if let (Bound::Included(a) | Bound::Excluded(a), Bound::Included(b) | Bound::Excluded(b)) =
            (lower, upper)
            && bytes(a).as_bytes() > bytes(b).as_bytes()
        {
            return Self {
                bounds: Err(Error::new(
                    ErrorKind::InvalidInput,
                    format!(
                        "a range of `{}` starts after its end; swap the bounds",
                        K::NAMESPACE
                    ),
                )),
                reach: PhantomData,
            };
        }
        // Between a key and itself, neither included, lies nothing; its end would be before its start.
        let end = if end.as_slice() < start.as_slice() {
            start.clone()
        } else {
            end
        };
        Self::from_bytes(prefix, start, end)
    }

    fn from_bytes(prefix: &KeyWriter, start: KeyBytes, end: KeyBytes) -> Self {
        let partition_end = R::WITHIN.then(|| prefix.partition_end());
        Self {
            bounds: Ok(Bounds {
                start,
                end,
                partition_end,
            }),
            reach: PhantomData,
        }
    }

    pub(crate) fn into_bounds(self) -> Result<Bounds> {
        self.bounds
    }
}

impl<K: StateKey, R> fmt::Debug for KeyRange<K, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyRange")
            .field("namespace", &K::NAMESPACE)
            .field("bounds", &self.bounds)
            .finish()
    }
}
