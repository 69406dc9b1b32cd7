use std::ops::Bound;

use bytes::Bytes;

use super::backend::{STEP, Shared};
use super::now::Now;
use super::stored::Stored;
use crate::backend::{Cursor, Direction, Item, Key, Page, Range};
use crate::error::{Error, ErrorKind, Result};

type Bounds<'a> = (Bound<&'a [u8]>, Bound<&'a [u8]>);

impl Shared {
    /// All keys lie in one order here, so it does not matter whether the range lies in one partition.
    pub(super) fn range(&self, range: &Range) -> Result<Page> {
        let bounds = bounds(range)?;
        // A start at the end is an empty range, and one past it is what `Excluded(a)..Excluded(a)` becomes;
        // the map's own `range` would panic at both.
        if range.start.as_slice() >= range.end.as_slice() {
            return Ok(Page::default());
        }
        let now = self.now();
        let map = self.read();
        let entries = map.entries.range::<[u8], _>(bounds);
        Ok(match range.direction {
            Direction::Forward => fill(range, entries, &now),
            Direction::Reverse => fill(range, entries.rev(), &now),
        })
    }
}

/// The bounds that are left from the cursor, the last key that the page before looked at.
fn bounds(range: &Range) -> Result<Bounds<'_>> {
    let (first, end) = (range.start.as_slice(), range.end.as_slice());
    let Some(cursor) = &range.cursor else {
        return Ok((Bound::Included(first), Bound::Excluded(end)));
    };
    let last: &[u8] = cursor.as_bytes();
    if last < first || last >= end {
        return Err(Error::new(
            ErrorKind::InvalidInput,
            "the cursor does not belong to this range; send it with the range that gave it",
        ));
    }
    Ok(match range.direction {
        Direction::Forward => (Bound::Excluded(last), Bound::Excluded(end)),
        Direction::Reverse => (Bound::Included(first), Bound::Excluded(last)),
    })
}

fn fill<'m>(
    range: &Range,
    mut entries: impl Iterator<Item = (&'m Key, &'m Stored)>,
    now: &Now<'_>,
) -> Page {
    let mut items = Vec::new();
    let mut last = None;
    for (key, stored) in entries.by_ref().take(STEP) {
        if let Some(entry) = stored.read(range.projection, now) {
            items.push(Item {
                key: key.clone(),
                entry,
            });
        }
        last = Some(key);
        if items.len() == range.limit.get() {
            break;
        }
    }
    let next = last.filter(|_| entries.next().is_some());
    Page {
        items,
        next: next.map(|key| Cursor::from_bytes(Bytes::copy_from_slice(key.as_bytes()))),
    }
}
