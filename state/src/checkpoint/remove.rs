//! What a store has that a checkpoint has not.

use std::num::NonZeroUsize;

use super::lease::Lease;
use super::left_out::{Part, part_of};
use super::progress::{Listener, Progress, Step};
use crate::backend::{Backend, Key, Revision, Snapshot, Write, WriteBatch};
use crate::error::Result;
use crate::store::Store;

const PAGE: NonZeroUsize = NonZeroUsize::MIN.saturating_add(999);

/// The first entry that makes a store more than empty.
pub(super) async fn first_of(snapshot: &mut Snapshot) -> Result<Option<Key>> {
    loop {
        let page = snapshot.next(PAGE).await?;
        if page.is_empty() {
            return Ok(None);
        }
        let mut keys = page.into_iter().map(|item| item.key);
        if let Some(key) = keys.find(|key| part_of(key) == Part::State) {
            return Ok(Some(key));
        }
    }
}

/// Removes the entries that have not this revision; how many there were.
pub(super) async fn others<B: Backend>(
    store: &Store<B>,
    revision: Revision,
    lease: &Lease<B>,
    listener: &Listener<'_>,
) -> Result<u64> {
    let cx = || store.context("restore");
    let mut snapshot = store.backend().snapshot(&cx(), None).await?;
    let mut progress = Progress::new(Step::Remove, None);
    loop {
        let page = snapshot.next(PAGE).await?;
        if page.is_empty() {
            return Ok(progress.entries);
        }
        lease.keep().await?;
        let others = page
            .into_iter()
            .filter(|item| item.entry.revision != revision && part_of(&item.key) == Part::State);
        let writes: Vec<Write> = others.map(|item| Write::Delete { key: item.key }).collect();
        if writes.is_empty() {
            continue;
        }
        let batch = WriteBatch { revision, writes };
        progress.entries += store.backend().write(&cx(), batch).await?.deleted;
        listener.tell(&progress);
    }
}
