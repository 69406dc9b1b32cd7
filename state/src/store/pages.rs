use std::future::{Future, poll_fn, ready};
use std::num::NonZeroUsize;
use std::pin::Pin;
use std::task::Poll;

use super::{Store, within};
use crate::backend::{Backend, Context, Cursor, Direction, Item, Page, Projection, Range, Scan};
use crate::error::Result;
use crate::key::Bounds;

/// What a query reads.
#[derive(Debug, Clone)]
pub(super) enum Source {
    Range(Bounds),
    Namespace,
}

/// Reads page after page; not generic over keys or values.
pub(super) struct Pages<B> {
    pub(super) store: Store<B>,
    pub(super) cx: Context,
    pub(super) namespace: &'static str,
    pub(super) source: Source,
    pub(super) direction: Direction,
    pub(super) page_size: NonZeroUsize,
    /// How many entries may still come.
    pub(super) left: Option<usize>,
    pub(super) cursor: Option<Cursor>,
    pub(super) ended: bool,
    /// The next page, which is already being read.
    pub(super) ahead: Option<PendingPage>,
}

type PendingPage = Pin<Box<dyn Future<Output = Result<Page>> + Send>>;

impl<B: Backend> Pages<B> {
    /// The next items, never none of them; `None` at the end.
    pub(super) async fn next_items(&mut self, projection: Projection) -> Result<Option<Vec<Item>>> {
        while let Some(limit) = self.next_limit() {
            let page = match self.ahead.take() {
                Some(page) => page,
                None => self.read(projection, limit),
            };
            let mut page = page.await.map_err(within(self.cx.operation))?;
            self.ended = page.next.is_none();
            self.cursor = page.next;
            if let Some(left) = &mut self.left {
                page.items.truncate(*left);
                *left -= page.items.len();
            }
            if !page.items.is_empty() {
                return Ok(Some(page.items));
            }
        }
        Ok(None)
    }

    /// As [`next_items`](Self::next_items), and the page after them is being read while the caller works: for
    /// callers that will read to the end.
    pub(super) async fn next_items_ahead(
        &mut self,
        projection: Projection,
    ) -> Result<Option<Vec<Item>>> {
        let items = self.next_items(projection).await?;
        if let Some(limit) = self.next_limit() {
            let mut page = self.read(projection, limit);
            // A future begins its work when it is first polled.
            self.ahead = Some(
                match poll_fn(|cx| Poll::Ready(page.as_mut().poll(cx))).await {
                    Poll::Ready(page) => Box::pin(ready(page)),
                    Poll::Pending => page,
                },
            );
        }
        Ok(items)
    }

    /// How many items the next page may have; `None` at the end.
    fn next_limit(&self) -> Option<NonZeroUsize> {
        if self.ended {
            return None;
        }
        NonZeroUsize::new(self.left.unwrap_or(usize::MAX).min(self.page_size.get()))
    }

    fn read(&mut self, projection: Projection, limit: NonZeroUsize) -> PendingPage {
        let (store, cx, cursor) = (self.store.clone(), self.cx, self.cursor.take());
        match self.source.clone() {
            Source::Range(Bounds {
                start,
                end,
                partition_end,
            }) => {
                let direction = self.direction;
                let range = Range {
                    start,
                    end,
                    partition_end,
                    direction,
                    projection,
                    limit,
                    cursor,
                };
                Box::pin(async move { store.backend.range(&cx, range).await })
            }
            Source::Namespace => {
                let scan = Scan {
                    namespace: self.namespace.to_owned(),
                    projection,
                    limit,
                    cursor,
                };
                Box::pin(async move { store.backend.scan(&cx, scan).await })
            }
        }
    }
}
