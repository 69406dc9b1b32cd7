use std::num::NonZeroUsize;
use std::ops::Bound;
use std::pin::Pin;
use std::sync::Arc;

use super::backend::{STEP, Shared};
use super::map::Map;
use crate::backend::{
    Consistency, Item, Key, KeyBytes, Snapshot, SnapshotReader, namespace_bounds,
};
use crate::clock::Timestamp;
use crate::error::Result;

impl Shared {
    pub(super) fn snapshot(self: &Arc<Self>, namespace: Option<&str>) -> Result<Snapshot> {
        let bounds = namespace.map(namespace_bounds).transpose()?;
        let (sequence, taken_at) = {
            let now = self.now();
            let mut map = self.write();
            let sequence = map.sequence();
            map.history.open(sequence);
            (sequence, now.get())
        };
        let reader = Reader {
            shared: Arc::clone(self),
            sequence,
            taken_at,
            bounds,
            last: None,
        };
        Ok(Snapshot::new(taken_at, Consistency::PointInTime, reader))
    }
}

/// An open snapshot: while it lives, the versions that it sees do.
struct Reader {
    shared: Arc<Shared>,
    sequence: u64,
    taken_at: Timestamp,
    bounds: Option<(KeyBytes, KeyBytes)>,
    /// The last key that was looked at.
    last: Option<Key>,
}

impl SnapshotReader for Reader {
    fn next<'a>(
        &'a mut self,
        limit: NonZeroUsize,
    ) -> Pin<Box<dyn Future<Output = Result<Vec<Item>>> + Send + 'a>> {
        Box::pin(async move {
            loop {
                match self.step(limit) {
                    Step::Items(items) => return Ok(items),
                    // A stretch of keys that this snapshot does not see: let others run, then go on.
                    Step::Nothing => tokio::task::yield_now().await,
                }
            }
        })
    }
}

enum Step {
    /// Items; none at the end.
    Items(Vec<Item>),
    /// No items yet, and not the end.
    Nothing,
}

impl Reader {
    fn step(&mut self, limit: NonZeroUsize) -> Step {
        let shared = Arc::clone(&self.shared);
        let map = shared.read();
        let mut items = Vec::new();
        let mut looked_at = 0;
        let mut last = None;
        for (key, item) in self.seen(&map) {
            items.extend(item);
            last = Some(key.clone());
            looked_at += 1;
            if looked_at == STEP || items.len() == limit.get() {
                break;
            }
        }
        drop(map);
        if let Some(last) = last {
            self.last = Some(last);
        }
        if items.is_empty() && looked_at == STEP {
            Step::Nothing
        } else {
            Step::Items(items)
        }
    }

    /// The keys after the last one, in order, each with what this snapshot sees of it: what the map
    /// holds where that is old enough, else what the history kept.
    fn seen<'m>(&self, map: &'m Map) -> impl Iterator<Item = (&'m Key, Option<Item>)> {
        let (sequence, taken_at) = (self.sequence, self.taken_at);
        let from = match (&self.last, &self.bounds) {
            (Some(last), _) => Bound::Excluded(last.as_bytes()),
            (None, Some((start, _))) => Bound::Included(start.as_slice()),
            (None, None) => Bound::Unbounded,
        };
        let to = match &self.bounds {
            Some((_, end)) => Bound::Excluded(end.as_slice()),
            None => Bound::Unbounded,
        };
        let mut current = map.entries.range::<[u8], _>((from, to)).peekable();
        let mut kept = map.history.seen_at(sequence, from, to).peekable();
        std::iter::from_fn(move || {
            let (key, stored) = match (current.peek(), kept.peek()) {
                (None, None) => return None,
                (Some(_), None) => current.next().map(|(key, stored)| (key, Some(stored)))?,
                (None, Some(_)) => kept.next()?,
                (Some((a, _)), Some((b, _))) if a < b => {
                    current.next().map(|(key, stored)| (key, Some(stored)))?
                }
                (Some((a, _)), Some((b, _))) => {
                    if a == b {
                        let (_, stored) = current.next()?;
                        let (key, old) = kept.next()?;
                        (key, old.or(Some(stored)))
                    } else {
                        kept.next()?
                    }
                }
            };
            let item = stored
                .filter(|stored| stored.since <= sequence)
                .and_then(|stored| stored.read_at(taken_at))
                .map(|entry| Item {
                    key: key.clone(),
                    entry,
                    metadata: None,
                });
            Some((key, item))
        })
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.shared.write().history.close(self.sequence);
        let mut position = Some(0);
        while let Some(at) = position {
            position = self.shared.write().history.free(self.sequence, at, STEP);
        }
    }
}
