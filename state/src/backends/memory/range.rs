use bytes::Bytes;

use super::backend::{STEP, Shared};
use super::now::Now;
use super::stored::Stored;
use crate::backend::{Cursor, Direction, Item, Key, Page, Range};
use crate::error::Result;

impl Shared {
    /// All keys lie in one order here, so it does not matter whether the range lies in one partition.
    pub(super) fn range(&self, range: &Range) -> Result<Page> {
        // The map's own `range` would panic at bounds that nothing lies between.
        let Some(bounds) = range.left()? else {
            return Ok(Page::default());
        };
        let now = self.now();
        let map = self.read();
        let entries = map.entries.range::<[u8], _>(bounds);
        Ok(match range.direction {
            Direction::Forward => fill(range, entries, &now),
            Direction::Reverse => fill(range, entries.rev(), &now),
        })
    }
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
                metadata: None,
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
