//! Reading ahead: while the caller of a scan works on one page, a blocking thread reads the next.
//!
//! A page that was read ahead is given out only if nothing has been changed since before it was read, so that it
//! is what a read at the moment of the request would give. The writer counts up before it changes the engine and
//! again afterwards; an odd count says that it is at it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::runtime::Handle;
use tokio::sync::oneshot;

use super::Shared;
use super::blocking::guarded;
use super::record::time_left;
use crate::backend::{Page, Range};
use crate::clock::Timestamp;

/// How many scans at once are read ahead.
const SCANS: usize = 4;

#[derive(Debug, Default)]
pub(super) struct Ahead {
    changes: AtomicU64,
    /// What `changes` was when the last page was asked for.
    asked_at: AtomicU64,
    pages: Mutex<Vec<Waiting>>,
}

/// A page that is being read, or was.
#[derive(Debug)]
struct Waiting {
    request: Range,
    page: oneshot::Receiver<Prepared>,
}

/// A page as it was when the count stood at `changes` and the clock at `now`.
#[derive(Debug)]
struct Prepared {
    changes: u64,
    now: Timestamp,
    page: Page,
}

/// For as long as it lives, the engine's state is about to change.
pub(super) struct Change<'a>(&'a AtomicU64);

impl Drop for Change<'_> {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

impl Ahead {
    /// The writer is about to change the engine; only one at a time.
    pub(super) fn change(&self) -> Change<'_> {
        self.changes.fetch_add(1, Ordering::SeqCst);
        Change(&self.changes)
    }

    /// The count, while no change is under way.
    fn settled(&self) -> Option<u64> {
        let changes = self.changes.load(Ordering::SeqCst);
        changes.is_multiple_of(2).then_some(changes)
    }

    /// Whether nothing was changed since the page before was asked for: then it is worth reading ahead.
    fn is_quiet(&self) -> bool {
        let changes = self.changes.load(Ordering::SeqCst);
        self.asked_at.swap(changes, Ordering::SeqCst) == changes && changes.is_multiple_of(2)
    }

    fn pages(&self) -> MutexGuard<'_, Vec<Waiting>> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, request: &Range) -> Option<oneshot::Receiver<Prepared>> {
        request.cursor.as_ref()?;
        let mut pages = self.pages();
        let at = pages
            .iter()
            .position(|page| is_same(&page.request, request))?;
        Some(pages.remove(at).page)
    }

    fn put(&self, request: Range, page: oneshot::Receiver<Prepared>) {
        let mut pages = self.pages();
        if pages.len() >= SCANS {
            pages.remove(0);
        }
        pages.push(Waiting { request, page });
    }
}

impl Shared {
    /// The page, if it was read ahead and still is what the engine has.
    pub(super) async fn page_read_ahead(&self, request: &Range) -> Option<Page> {
        let waiting = self.ahead.take(request)?;
        let prepared = waiting.await.ok()?;
        let now = self.clock.now();
        if self.ahead.settled() != Some(prepared.changes) || now < prepared.now {
            return None;
        }
        let mut page = prepared.page;
        if now > prepared.now {
            page.items.retain_mut(|item| {
                let Some(ttl) = &mut item.entry.ttl else {
                    return true;
                };
                let expires = prepared.now.saturating_add(ttl.as_millis());
                let left = time_left(expires, now);
                left.inspect(|left| *ttl = *left).is_some()
            });
        }
        Some(page)
    }

    /// Begins to read the page that follows, if whoever reads these pages seems to go on.
    pub(super) fn read_ahead(self: &Arc<Self>, request: &Range, page: &Page) {
        if !self.ahead.is_quiet() || request.cursor.is_none() {
            return;
        }
        let (Some(cursor), Ok(runtime)) = (&page.next, Handle::try_current()) else {
            return;
        };
        let mut request = request.clone();
        request.cursor = Some(cursor.clone());
        let (sender, page) = oneshot::channel();
        self.ahead.put(request.clone(), page);
        let reader = Arc::clone(self);
        runtime.spawn_blocking(move || {
            // Whatever stands in the way, the caller meets it when he reads the page himself.
            if let Some(prepared) = reader.prepare(&request) {
                drop(sender.send(prepared));
            }
        });
    }

    fn prepare(&self, request: &Range) -> Option<Prepared> {
        let changes = self.ahead.settled()?;
        let now = self.clock.now();
        let page = guarded(|| self.page_at(request, now)).ok()?;
        Some(Prepared { changes, now, page })
    }
}

fn is_same(a: &Range, b: &Range) -> bool {
    a.cursor == b.cursor
        && a.start.as_slice() == b.start.as_slice()
        && a.end.as_slice() == b.end.as_slice()
        && (a.direction, a.projection, a.limit) == (b.direction, b.projection, b.limit)
}
