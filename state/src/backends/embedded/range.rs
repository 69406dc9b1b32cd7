use std::sync::Arc;

use bytes::Bytes;
use redb::ReadableTable;

use super::blocking::blocking;
use super::engine::Fault;
use super::lookup::check_place;
use super::page::PageBuffer;
use super::{Embedded, Shared};
use crate::backend::{Context, Cursor, Direction, Page, Range};
use crate::error::Result;

impl Embedded {
    pub(super) async fn read_range(&self, cx: &Context, range: Range) -> Result<Page> {
        let reader = Arc::clone(self.shared());
        blocking(cx, move || reader.page(&range)).await
    }
}

impl Shared {
    fn page(&self, range: &Range) -> Result<Page> {
        let Some(bounds) = range.left()? else {
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
