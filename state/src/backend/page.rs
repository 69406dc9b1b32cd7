use std::num::NonZeroUsize;
use std::ops::Bound;

use bytes::Bytes;

use super::{Item, KeyBytes, MAX_NAMESPACE_LEN};
use crate::error::{Error, ErrorKind, Result};

/// Which way a range is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Direction {
    /// From the first key to the last.
    #[default]
    Forward,
    /// From the last key to the first.
    Reverse,
}

/// What of each entry is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Projection {
    /// Key, value and revision; the time to live as the context asks.
    #[default]
    Entries,
    /// The key alone; the value comes back empty.
    Keys,
}

/// Where the next page begins; made by a backend, opaque to all others.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Cursor(Bytes);

impl Cursor {
    /// From the backend's own bytes.
    pub const fn from_bytes(bytes: Bytes) -> Self {
        Self(bytes)
    }

    /// The backend's own bytes.
    pub const fn as_bytes(&self) -> &Bytes {
        &self.0
    }
}

/// A page of keys from `start` to before `end`, by their bytes; empty where `start` is not before `end`.
#[derive(Debug, Clone)]
pub struct Range {
    /// The first key bytes that belong to it. It begins with a namespace and its `00`.
    pub start: KeyBytes,
    /// The first key bytes past it; of the same namespace, or the namespace followed by `01`.
    pub end: KeyBytes,
    /// Where the partition ends in `start`, when the range lies in one; `None` where it spans
    /// partitions, which only a backend of [`TotalOrder`](super::TotalOrder) can serve.
    pub partition_end: Option<usize>,
    /// Which way.
    pub direction: Direction,
    /// What of each entry.
    pub projection: Projection,
    /// How many items at the most.
    pub limit: NonZeroUsize,
    /// Where the page before ended; `None` for the first.
    pub cursor: Option<Cursor>,
}

/// Bounds of keys, by their bytes.
pub type KeyBounds<'k> = (Bound<&'k [u8]>, Bound<&'k [u8]>);

impl Range {
    /// The partition that it lies in, as [`Key::partition`](super::Key::partition) has it; `None` where it spans several.
    pub fn partition(&self) -> Option<&[u8]> {
        let partitioned = self.start.as_slice().get(..self.partition_end?)?;
        let namespace = partitioned.iter().position(|byte| *byte == 0)?;
        partitioned.get(namespace + 1..)
    }

    /// Where the page lies, for backends whose cursor is the last key of the page before; the second bound is always
    /// excluded. `None` where nothing can lie there.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] where the cursor lies outside of the range.
    pub fn left(&self) -> Result<Option<KeyBounds<'_>>> {
        let (start, end) = (self.start.as_slice(), self.end.as_slice());
        let cursor = self.cursor.as_ref().map(|cursor| &cursor.as_bytes()[..]);
        if cursor.is_some_and(|cursor| cursor < start || cursor >= end) {
            return Err(Error::new(
                ErrorKind::InvalidInput,
                "the cursor does not belong to this range; send it with the range that gave it",
            ));
        }
        let (low, first, high) = match (self.direction, cursor) {
            (_, None) => (Bound::Included(start), start, end),
            (Direction::Forward, Some(after)) => (Bound::Excluded(after), after, end),
            (Direction::Reverse, Some(before)) => (Bound::Included(start), start, before),
        };
        Ok((first < high).then_some((low, Bound::Excluded(high))))
    }
}

/// A page of a whole namespace, in any order.
#[derive(Debug, Clone)]
pub struct Scan {
    /// The namespace.
    pub namespace: String,
    /// What of each entry.
    pub projection: Projection,
    /// About how many items; a backend may give more or fewer.
    pub limit: NonZeroUsize,
    /// Where the page before ended; `None` for the first.
    pub cursor: Option<Cursor>,
}

impl Scan {
    /// The same page as one of a range, for backends that keep all keys in one order.
    ///
    /// # Errors
    /// As [`namespace_bounds`].
    pub fn into_range(self) -> Result<Range> {
        let (start, end) = namespace_bounds(&self.namespace)?;
        Ok(Range {
            start,
            end,
            partition_end: None,
            direction: Direction::Forward,
            projection: self.projection,
            limit: self.limit,
            cursor: self.cursor,
        })
    }
}

/// The bytes between which all keys of a namespace lie: from the first up to before the second.
///
/// # Errors
/// [`ErrorKind::InvalidInput`] where it is no namespace.
pub fn namespace_bounds(namespace: &str) -> Result<(KeyBytes, KeyBytes)> {
    if namespace.is_empty() || namespace.len() > MAX_NAMESPACE_LEN || namespace.contains('\0') {
        return Err(Error::new(
            ErrorKind::InvalidInput,
            format!(
                "{namespace:?} is not a namespace, which has 1 to {MAX_NAMESPACE_LEN} bytes and no zero byte"
            ),
        ));
    }
    let closed_by = |byte| KeyBytes::from(&[namespace.as_bytes(), &[byte]].concat()[..]);
    Ok((closed_by(0), closed_by(1)))
}

/// Some of the items asked for.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// The items; may be empty though there are more.
    pub items: Vec<Item>,
    /// Where to go on; `None` at the end.
    pub next: Option<Cursor>,
}
