use bytes::Bytes;

use super::Postgres;
use super::bind::{Bind, read};
use super::link::Effect;
use super::row;
use crate::backend::{Context, Cursor, Direction, Page, Projection, Range};
use crate::error::{Error, ErrorKind, Result};

impl Postgres {
    /// A page begins where the cursor stands: each page is one descent into the index, however many came before it.
    pub(super) async fn read_range(&self, cx: &Context, range: Range) -> Result<Page> {
        cx.check()?;
        let Some((low, high)) = bounds(&range)? else {
            return Ok(Page::default());
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
                .with(&high[..])
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

/// Where the page lies, the end left out; `None` where nothing can lie there.
fn bounds(range: &Range) -> Result<Option<(Vec<u8>, Vec<u8>)>> {
    let (start, end) = (range.start.as_slice(), range.end.as_slice());
    let cursor = range.cursor.as_ref().map(|cursor| &cursor.as_bytes()[..]);
    if cursor.is_some_and(|cursor| cursor < start || cursor >= end) {
        return Err(Error::new(
            ErrorKind::InvalidInput,
            "the cursor does not belong to this range; send it with the range that gave it",
        ));
    }
    let (low, high) = match (range.direction, cursor) {
        (_, None) => (start.to_vec(), end),
        (Direction::Forward, Some(after)) => (successor(after), end),
        (Direction::Reverse, Some(before)) => (start.to_vec(), before),
    };
    Ok((low.as_slice() < high).then(|| (low, high.to_vec())))
}

/// The first bytes after these.
pub(super) fn successor(bytes: &[u8]) -> Vec<u8> {
    [bytes, &[0]].concat()
}
