use std::num::NonZeroUsize;
use std::ops::Bound;

use bytes::Bytes;

use super::backend::{STEP, Shared};
use super::now::Now;
use super::stored::Stored;
use crate::backend::{Cursor, Direction, Item, Key, MAX_NAMESPACE_LEN, Page, Projection, Range};
use crate::error::{Error, ErrorKind, Result};

type Bounds<'a> = (Bound<&'a [u8]>, Bound<&'a [u8]>);

/// A page of the keys from `start` to before `end`.
pub(super) struct PageRequest<'a> {
    pub(super) start: &'a [u8],
    pub(super) end: &'a [u8],
    pub(super) direction: Direction,
    pub(super) projection: Projection,
    pub(super) limit: NonZeroUsize,
    pub(super) cursor: Option<&'a Cursor>,
}

impl Shared {
    /// All keys lie in one order here, so it does not matter whether the range lies in one partition.
    pub(super) fn range(&self, range: &Range) -> Result<Page> {
        self.page(&PageRequest {
            start: range.start.as_slice(),
            end: range.end.as_slice(),
            direction: range.direction,
            projection: range.projection,
            limit: range.limit,
            cursor: range.cursor.as_ref(),
        })
    }

    pub(super) fn page(&self, request: &PageRequest<'_>) -> Result<Page> {
        let bounds = request.bounds()?;
        // A start at the end is an empty range, and one past it is what `Excluded(a)..Excluded(a)` becomes;
        // the map's own `range` would panic at both.
        if request.start >= request.end {
            return Ok(Page::default());
        }
        let now = self.now();
        let map = self.read();
        let entries = map.entries.range::<[u8], _>(bounds);
        Ok(match request.direction {
            Direction::Forward => request.fill(entries, &now),
            Direction::Reverse => request.fill(entries.rev(), &now),
        })
    }
}

impl PageRequest<'_> {
    /// The bounds that are left from the cursor, the last key that the page before looked at.
    fn bounds(&self) -> Result<Bounds<'_>> {
        let (start, end) = (Bound::Included(self.start), Bound::Excluded(self.end));
        let Some(cursor) = self.cursor else {
            return Ok((start, end));
        };
        let last: &[u8] = cursor.as_bytes();
        if last < self.start || last >= self.end {
            return Err(Error::new(
                ErrorKind::InvalidInput,
                "the cursor does not belong to this range; send it with the range that gave it",
            ));
        }
        Ok(match self.direction {
            Direction::Forward => (Bound::Excluded(last), end),
            Direction::Reverse => (start, Bound::Excluded(last)),
        })
    }

    fn fill<'m>(
        &self,
        mut entries: impl Iterator<Item = (&'m Key, &'m Stored)>,
        now: &Now<'_>,
    ) -> Page {
        let mut items = Vec::new();
        let mut last = None;
        for (key, stored) in entries.by_ref().take(STEP) {
            if let Some(entry) = stored.read(self.projection, now) {
                items.push(Item {
                    key: key.clone(),
                    entry,
                });
            }
            last = Some(key);
            if items.len() == self.limit.get() {
                break;
            }
        }
        let next = last.filter(|_| entries.next().is_some());
        Page {
            items,
            next: next.map(|key| Cursor::from_bytes(Bytes::copy_from_slice(key.as_bytes()))),
        }
    }
}

/// The bytes between which all keys of a namespace lie.
pub(super) fn bounds_of(namespace: &str) -> Result<(Vec<u8>, Vec<u8>)> {
    if namespace.is_empty() || namespace.len() > MAX_NAMESPACE_LEN || namespace.contains('\0') {
        return Err(Error::new(
            ErrorKind::InvalidInput,
            format!(
                "{namespace:?} is not a namespace, which has 1 to {MAX_NAMESPACE_LEN} bytes and no zero byte"
            ),
        ));
    }
    let closed_by = |byte| {
        let mut bytes = Vec::with_capacity(namespace.len() + 1);
        bytes.extend_from_slice(namespace.as_bytes());
        bytes.push(byte);
        bytes
    };
    Ok((closed_by(0), closed_by(1)))
}
