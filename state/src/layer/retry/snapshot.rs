use std::num::NonZeroUsize;
use std::pin::Pin;

use super::receipt::NAMESPACE;
use crate::backend::{Item, Snapshot, SnapshotReader};
use crate::error::Result;

/// A snapshot of the whole store, without receipts.
pub(super) fn without_receipts(snapshot: Snapshot) -> Snapshot {
    Snapshot::new(
        snapshot.taken_at(),
        snapshot.consistency(),
        Reader(snapshot),
    )
}

struct Reader(Snapshot);

impl SnapshotReader for Reader {
    fn next<'a>(
        &'a mut self,
        limit: NonZeroUsize,
    ) -> Pin<Box<dyn Future<Output = Result<Vec<Item>>> + Send + 'a>> {
        Box::pin(async move {
            loop {
                let mut items = self.0.next(limit).await?;
                let ended = items.is_empty();
                items.retain(|item| item.key.namespace() != NAMESPACE);
                // None at all means the end.
                if ended || !items.is_empty() {
                    return Ok(items);
                }
            }
        })
    }
}
