use std::ops::Bound;
use std::sync::Arc;

use bytes::Bytes;
use redb::ReadableTable;

use super::blocking::blocking;
use super::engine::Fault;
use super::lookup::check_place;
use super::page::PageBuffer;
use super::{Embedded, Shared};
use crate::backend::{Context, Cursor, Direction, Page, Range};
use crate::error::{Error, ErrorKind, Result};

impl Embedded {
    pub(super) async fn read_range(&self, cx: &Context, range: Range) -> Result<Page> {
        let reader = Arc::clone(self.shared());
        blocking(cx, move || reader.page(&range)).await
    }
}

impl Shared {
    fn page(&self, range: &Range) -> Result<Page> {
        let Some(bounds) = bounds(range)? else {
            return Ok(Page::default());
        };
        let entries = self.engine.entries()?;
        check_place(&entries, range.start.as_slice())?;
        check_place(&entries, range.end.as_slice())?;
        let mut rows = ReadableTable::range::<&[u8]>(&entries, bounds).map_err(Fault::from)?;
        let mut next = || match range.direction {
            Direction::Forward => rows.next(),
            Direction::Reverse => rows.next_back(),
        };
        let now = self.clock.now();
        let mut buffer = PageBuffer::new(range.limit.get(), range.direction, range.projection, now);
        let mut cursor = None;
        while let Some(row) = next() {
            let (key, stored) = row.map_err(Fault::from)?;
            buffer.push(key.value(), stored.value())?;
            if buffer.is_full() {
                cursor = Some(Cursor::from_bytes(Bytes::copy_from_slice(key.value())));
                break;
            }
        }
        Ok(Page {
            items: buffer.finish()?,
            next: cursor,
        })
    }
}

type Bounds<'a> = (Bound<&'a [u8]>, Bound<&'a [u8]>);

/// Where the page lies; `None` where nothing can lie there.
fn bounds(range: &Range) -> Result<Option<Bounds<'_>>> {
    let (start, end) = (range.start.as_slice(), range.end.as_slice());
    let cursor = range.cursor.as_ref().map(|cursor| &cursor.as_bytes()[..]);
    if cursor.is_some_and(|cursor| cursor < start || cursor >= end) {
        return Err(Error::new(
            ErrorKind::InvalidInput,
            "the cursor does not belong to this range; send it with the range that gave it",
        ));
    }
    let (low, high) = match (range.direction, cursor) {
        (_, None) => (Bound::Included(start), end),
        (Direction::Forward, Some(after)) => (Bound::Excluded(after), end),
        (Direction::Reverse, Some(before)) => (Bound::Included(start), before),
    };
    let (Bound::Included(first) | Bound::Excluded(first)) = low else {
        return Ok(None);
    };
    Ok((first < high).then_some((low, Bound::Excluded(high))))
}
