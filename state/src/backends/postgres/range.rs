use std::ops::Bound;

use bytes::Bytes;

use super::Postgres;
use super::bind::{Bind, read};
use super::link::Effect;
use super::row;
use crate::backend::{Context, Cursor, Direction, Page, Projection, Range};
use crate::error::Result;

impl Postgres {
    /// A page begins where the cursor stands: each page is one descent into the index, however many came before it.
    pub(super) async fn read_range(&self, cx: &Context, range: Range) -> Result<Page> {
        cx.check()?;
        let Some((low, Bound::Excluded(high))) = range.left()? else {
            return Ok(Page::default());
        };
        let low = match low {
            Bound::Excluded(last) => successor(last),
            Bound::Included(first) => first.to_vec(),
            Bound::Unbounded => Vec::new(),
        };
        let limit = range.limit.get().min(self.batch_size);
        let pages = match range.direction {
            Direction::Forward => &self.statements.forward,
            Direction::Reverse => &self.statements.reverse,
        };
        let sql = match range.projection {
            Projection::Entries => &pages.entries,
            Projection::Keys => &pages.keys,
        };
        let request = read(sql, |_| {
            Bind::default()
                .with(&low[..])
                .with(high)
                .with(i64::try_from(limit).unwrap_or(i64::MAX))
                .done()
        });
        let rows = self.link.call(cx, request).await;
        let rows = rows.map_err(|failure| failure.into_error(Effect::Read))?;
        let items = rows.iter().map(row::item).collect::<Result<Vec<_>>>()?;
        let next = match items.last() {
            Some(last) if items.len() >= limit => {
                let last = Bytes::copy_from_slice(last.key.as_bytes());
                Some(Cursor::from_bytes(last))
            }
            _ => None,
        };
        Ok(Page { items, next })
    }
}

/// The first bytes after these.
pub(super) fn successor(bytes: &[u8]) -> Vec<u8> {
    [bytes, &[0]].concat()
}
