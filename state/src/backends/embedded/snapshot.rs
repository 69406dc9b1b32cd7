use std::future::Future;
use std::num::NonZeroUsize;
use std::ops::Bound;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use redb::OwnedRange;

use super::blocking::blocking;
use super::engine::Fault;
use super::page::PageBuffer;
use super::{Embedded, Shared};
use crate::backend::{
    Consistency, Context, Direction, Item, Projection, Snapshot, SnapshotReader, namespace_bounds,
};
use crate::clock::Timestamp;
use crate::error::Result;

impl Embedded {
    pub(super) async fn take_snapshot(
        &self,
        cx: &Context,
        namespace: Option<String>,
    ) -> Result<Snapshot> {
        let reader = Arc::clone(self.shared());
        let (taken_at, rows) =
            blocking(cx, move || reader.begin_snapshot(namespace.as_deref())).await?;
        let reader = Reader {
            store: self.clone(),
            taken_at,
            rows: Arc::new(Mutex::new(Some(rows))),
        };
        Ok(Snapshot::new(taken_at, Consistency::PointInTime, reader))
    }
}

type Rows = OwnedRange<&'static [u8], &'static [u8]>;

impl Shared {
    fn begin_snapshot(&self, namespace: Option<&str>) -> Result<(Timestamp, Rows)> {
        let namespace = namespace.map(namespace_bounds).transpose()?;
        let bounds = match &namespace {
            Some((start, end)) => (
                Bound::Included(start.as_slice()),
                Bound::Excluded(end.as_slice()),
            ),
            None => (Bound::Unbounded, Bound::Unbounded),
        };
        let entries = self.engine.entries()?;
        let taken_at = self.clock.now();
        let rows = entries.range_owned::<&[u8]>(bounds).map_err(Fault::from)?;
        Ok((taken_at, rows))
    }
}

/// Goes over the entries of one read transaction of the engine, which lives as long.
struct Reader {
    /// Keeps the store open.
    store: Embedded,
    taken_at: Timestamp,
    /// None once the end was reached. Held for the time of a page, so that what a cancelled page had read is
    /// neither lost from sight nor given twice.
    rows: Arc<Mutex<Option<Rows>>>,
}

impl SnapshotReader for Reader {
    fn next<'a>(
        &'a mut self,
        limit: NonZeroUsize,
    ) -> Pin<Box<dyn Future<Output = Result<Vec<Item>>> + Send + 'a>> {
        let (rows, taken_at) = (Arc::clone(&self.rows), self.taken_at);
        let shared = Arc::clone(self.store.shared());
        Box::pin(async move {
            let page = move || {
                shared.engine.check_open()?;
                next_page(&rows, limit, taken_at)
            };
            blocking(&Context::new(), page).await
        })
    }
}

fn next_page(
    rows: &Mutex<Option<Rows>>,
    limit: NonZeroUsize,
    taken_at: Timestamp,
) -> Result<Vec<Item>> {
    let mut rows = rows.lock().unwrap_or_else(PoisonError::into_inner);
    loop {
        let mut buffer = PageBuffer::new(
            limit.get(),
            Direction::Forward,
            Projection::Entries,
            taken_at,
        );
        while !buffer.is_full() {
            let Some(row) = rows.as_mut().and_then(Iterator::next) else {
                *rows = None;
                return buffer.finish();
            };
            let (key, stored) = row.map_err(Fault::from)?;
            buffer.push(key.value(), stored.value())?;
        }
        let items = buffer.finish()?;
        // An empty page would say that the end is reached.
        if !items.is_empty() {
            return Ok(items);
        }
    }
}
