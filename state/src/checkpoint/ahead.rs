use std::fmt;
use std::num::NonZeroUsize;

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, poll_immediate, ready};

use crate::backend::{Item, Snapshot};
use crate::error::Result;

/// How many entries are asked for at once.
const PAGE: NonZeroUsize = NonZeroUsize::MIN.saturating_add(999);

/// A page, and the snapshot that it is of.
type Read = Result<(Vec<Item>, Snapshot)>;

/// A snapshot whose next page is read while the one before is worked on.
pub(super) struct Ahead {
    next: Option<BoxFuture<'static, Read>>,
}

impl Ahead {
    pub(super) fn of(snapshot: Snapshot) -> Self {
        let next = Some(read(snapshot).boxed());
        Self { next }
    }

    /// The next items; none at the end.
    pub(super) async fn next(&mut self) -> Result<Vec<Item>> {
        let Some(next) = &mut self.next else {
            return Ok(Vec::new());
        };
        let read_one = next.await;
        self.next = None;
        let (page, snapshot) = read_one?;
        if !page.is_empty() {
            let mut next = read(snapshot).boxed();
            // What is not polled has not begun.
            self.next = Some(match poll_immediate(&mut next).await {
                Some(done) => ready(done).boxed(),
                None => next,
            });
        }
        Ok(page)
    }
}

async fn read(mut snapshot: Snapshot) -> Read {
    let page = snapshot.next(PAGE).await?;
    Ok((page, snapshot))
}

impl fmt::Debug for Ahead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ahead")
            .field("has_ended", &self.next.is_none())
            .finish()
    }
}
