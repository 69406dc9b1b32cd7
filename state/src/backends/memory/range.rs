use std::ops::Bound;

use bytes::Bytes;

use super::Memory;
use super::map::Record;
use crate::backend::{Cursor, Direction, Item, Key, Page, Range};
use crate::clock::Timestamp;

impl Memory {
    pub(super) fn read_range(&self, range: &Range) -> Page {
        let cursor = range.cursor.as_ref().map(|cursor| &cursor.as_bytes()[..]);
        let (start, end) = (range.start.as_slice(), range.end.as_slice());
        let bounds = match (range.direction, cursor) {
            (Direction::Forward, Some(after)) if after >= start => {
                (Bound::Excluded(after), Bound::Excluded(end))
            }
            (Direction::Reverse, Some(before)) if before <= end => {
                (Bound::Included(start), Bound::Excluded(before))
            }
            _ => (Bound::Included(start), Bound::Excluded(end)),
        };
        if is_empty(bounds) {
            return Page::default();
        }
        let now = self.now();
        let versions = self.read();
        let mut records = versions.range(bounds);
        let next = || match range.direction {
            Direction::Forward => records.next(),
            Direction::Reverse => records.next_back(),
        };
        page(
            std::iter::from_fn(next),
            now,
            range.limit.get(),
            |key, record| record.to_item(key, range.projection, now),
        )
    }
}

/// Whether the map would panic over the bounds, or find nothing within.
fn is_empty(bounds: (Bound<&[u8]>, Bound<&[u8]>)) -> bool {
    match bounds {
        (
            Bound::Included(start) | Bound::Excluded(start),
            Bound::Included(end) | Bound::Excluded(end),
        ) => start >= end,
        _ => false,
    }
}

/// The live ones of `records` until there are `limit`, and the last key as a cursor if there may be more.
pub(super) fn page<'a>(
    records: impl Iterator<Item = (&'a Key, &'a Record)>,
    now: Timestamp,
    limit: usize,
    to_item: impl Fn(&Key, &Record) -> Item,
) -> Page {
    let live = records.filter(|(_, record)| record.is_live(now));
    let items: Vec<Item> = live
        .take(limit)
        .map(|(key, record)| to_item(key, record))
        .collect();
    let last = items.last().filter(|_| items.len() == limit);
    let next = last.map(|last| Cursor::from_bytes(Bytes::copy_from_slice(last.key.as_bytes())));
    Page { items, next }
}
