use std::collections::{BTreeMap, HashSet};
use std::future::Future;
use std::num::NonZeroUsize;
use std::pin::Pin;

use bytes::Bytes;
use typed_state::Result;
use typed_state::backend::{
    Backend as _, Context, Cursor, Direction, Entry, Item, Key, KeyBytes, Page, Projection, Range,
    Scan, Snapshot, SnapshotReader,
};
use typed_state::backends::Memory;

use super::{Flaw, Flawed};

impl Flawed {
    pub(super) async fn flawed_get(
        &self,
        cx: &Context,
        keys: &[Key],
    ) -> Result<Vec<Option<Entry>>> {
        let cx = self.context(cx);
        let mut keys: Vec<_> = keys.iter().map(|key| self.key(key)).collect();
        if self.has(Flaw::AnswersSorted) {
            keys.sort();
        }
        let mut entries = match self.flaw {
            Flaw::GetShowsExpired => self.shadow.get(&cx, &keys).await?,
            _ => self.inner.get(&cx, &keys).await?,
        };
        let mut seen = HashSet::new();
        for (key, entry) in keys.iter().zip(&mut entries) {
            let is_empty = entry.as_ref().is_some_and(|entry| entry.value.is_empty());
            let is_again = !seen.insert(key.clone());
            if (self.has(Flaw::EmptyIsAbsent) && is_empty)
                || (self.has(Flaw::AnswersDuplicatesOnce) && is_again)
            {
                *entry = None;
            }
        }
        Ok(entries)
    }

    pub(super) async fn flawed_range(&self, cx: &Context, mut range: Range) -> Result<Page> {
        let cx = self.context(cx);
        let came_by = range.cursor.clone();
        match self.flaw {
            Flaw::RangeShowsExpired => return self.shadow.range(&cx, range).await,
            Flaw::PagesByOffset => return self.by_offset(&cx, range).await,
            Flaw::OpenPrefix => widen(&mut range, |start| {
                start.ends_with(&[0, 1]).then(|| start.len() - 2)
            }),
            Flaw::PrefixIsPattern => widen(&mut range, |start| {
                let partition = start.windows(2).rposition(|pair| pair == [0, 1])? + 2;
                let wildcard = start[partition..]
                    .iter()
                    .position(|byte| b"*%_?".contains(byte))?;
                Some(partition + wildcard)
            }),
            Flaw::IgnoresLimit => range.limit = range.limit.saturating_add(1),
            Flaw::IgnoresProjection => range.projection = Projection::Entries,
            Flaw::IgnoresReverse => range.direction = Direction::Forward,
            Flaw::IncludesEnd => {
                let mut end = range.end.as_slice().to_vec();
                end.push(0);
                range.end = KeyBytes::from(&end[..]);
            }
            _ => {}
        }
        let projection = range.projection;
        let mut page = self.inner.range(&cx, range).await?;
        match self.flaw {
            Flaw::SkipsBetweenPages if page.next.is_some() => drop(page.items.pop()),
            Flaw::RepeatsBetweenPages => self.repeat(&mut page, came_by.as_ref()),
            Flaw::OrdersByLength => page.items.sort_by_key(|item| {
                let bytes = item.key.as_bytes().to_vec();
                (bytes.len(), bytes)
            }),
            Flaw::SkipsOddValues if projection == Projection::Entries => {
                page.items.retain(|item| item.entry.value.len() > 1);
            }
            _ => {}
        }
        Ok(page)
    }

    /// Begins each page with what the one before ended with.
    fn repeat(&self, page: &mut Page, came_by: Option<&Cursor>) {
        let mut notes = self.notes.lock().expect("no panic while it is held");
        let before =
            came_by.and_then(|cursor| notes.last_items.get(&cursor.as_bytes().to_vec()).cloned());
        if let (Some(next), Some(last)) = (&page.next, page.items.last()) {
            notes
                .last_items
                .insert(next.as_bytes().to_vec(), last.clone());
        }
        if let Some(before) = before {
            page.items.insert(0, before);
        }
    }

    /// Pages as SQL's `OFFSET` makes them.
    async fn by_offset(&self, cx: &Context, mut range: Range) -> Result<Page> {
        let offset = range.cursor.take().map_or(0, |cursor| {
            let bytes: [u8; 8] = cursor.as_bytes()[..].try_into().expect("its own cursor");
            usize::try_from(u64::from_be_bytes(bytes)).expect("a small offset")
        });
        let limit = range.limit;
        range.limit = NonZeroUsize::new(offset + limit.get()).expect("not zero");
        let mut page = self.inner.range(cx, range).await?;
        let until = page.items.len() as u64;
        page.items = page.items.split_off(offset.min(page.items.len()));
        page.next = page
            .next
            .map(|_| Cursor::from_bytes(Bytes::copy_from_slice(&until.to_be_bytes())));
        Ok(page)
    }

    pub(super) async fn flawed_scan(&self, cx: &Context, scan: Scan) -> Result<Page> {
        let cx = self.context(cx);
        let limit = scan.limit.get();
        if self.has(Flaw::ScanShowsExpired) {
            return self.shadow.scan(&cx, scan).await;
        }
        if self.has(Flaw::ScansByPrefix) {
            let mut items = everything(&self.inner).await?;
            items.retain(|item| item.key.namespace().starts_with(scan.namespace.as_bytes()));
            return Ok(Page { items, next: None });
        }
        let mut page = self.inner.scan(&cx, scan).await?;
        match self.flaw {
            Flaw::ScanRepeats => page.items.extend(page.items.first().cloned()),
            Flaw::ScanStopsEarly if page.items.len() >= limit => page.next = None,
            Flaw::ScanForgetsPartition => {
                for item in &mut page.items {
                    let bytes = item.key.as_bytes();
                    let whole = bytes.len();
                    item.key = Key::new(bytes, whole).expect("it was one before");
                }
            }
            _ => {}
        }
        Ok(page)
    }

    pub(super) async fn flawed_snapshot(
        &self,
        cx: &Context,
        namespace: Option<String>,
    ) -> Result<Snapshot> {
        let cx = self.context(cx);
        match self.flaw {
            Flaw::SnapshotShowsExpired => self.shadow.snapshot(&cx, namespace).await,
            Flaw::SnapshotIgnoresNamespace => self.inner.snapshot(&cx, None).await,
            Flaw::SnapshotIsLive => {
                let taken = self.inner.snapshot(&cx, namespace.clone()).await?;
                let live = Live {
                    memory: self.inner.clone(),
                    namespace,
                    after: None,
                };
                Ok(Snapshot::new(taken.taken_at(), taken.consistency(), live))
            }
            Flaw::SnapshotAges => {
                let taken = self.inner.snapshot(&cx, namespace).await?;
                let (at, consistency) = (taken.taken_at(), taken.consistency());
                let memory = self.inner.clone();
                Ok(Snapshot::new(at, consistency, Ages { memory, taken }))
            }
            Flaw::SnapshotOfTwoMoments => {
                let first = self.inner.snapshot(&cx, namespace.clone()).await?;
                tokio::time::sleep(std::time::Duration::from_millis(2)).await;
                let second = self.inner.snapshot(&cx, namespace).await?;
                let (at, consistency) = (first.taken_at(), first.consistency());
                Ok(Snapshot::new(at, consistency, TwoMoments([first, second])))
            }
            _ => self.inner.snapshot(&cx, namespace).await,
        }
    }
}

/// A "snapshot" that holds some keys as they stood at one moment and some as they stood at another.
struct TwoMoments([Snapshot; 2]);

impl SnapshotReader for TwoMoments {
    fn next<'a>(
        &'a mut self,
        limit: NonZeroUsize,
    ) -> Pin<Box<dyn Future<Output = Result<Vec<Item>>> + Send + 'a>> {
        Box::pin(async move {
            for (moment, snapshot) in self.0.iter_mut().enumerate() {
                loop {
                    let mut items = snapshot.next(limit).await?;
                    if items.is_empty() {
                        break;
                    }
                    items.retain(|item| {
                        let sum: usize = item
                            .key
                            .as_bytes()
                            .iter()
                            .map(|byte| usize::from(*byte))
                            .sum();
                        sum % 2 == moment
                    });
                    if !items.is_empty() {
                        return Ok(items);
                    }
                }
            }
            Ok(Vec::new())
        })
    }
}

/// A snapshot whose times to live are what is left when they are read.
struct Ages {
    memory: Memory,
    taken: Snapshot,
}

impl SnapshotReader for Ages {
    fn next<'a>(
        &'a mut self,
        limit: NonZeroUsize,
    ) -> Pin<Box<dyn Future<Output = Result<Vec<Item>>> + Send + 'a>> {
        Box::pin(async move {
            let mut items = self.taken.next(limit).await?;
            let keys: Vec<_> = items.iter().map(|item| item.key.clone()).collect();
            let cx = Context::new().with_lifetimes();
            for (item, entry) in items.iter_mut().zip(self.memory.get(&cx, &keys).await?) {
                item.entry.ttl = entry.and_then(|entry| entry.ttl);
            }
            Ok(items)
        })
    }
}

/// Cuts the start of a range where `cut` says, and lets it reach as far as what begins so.
fn widen(range: &mut Range, cut: impl Fn(&[u8]) -> Option<usize>) {
    let mut start = range.start.as_slice().to_vec();
    if let Some(length) = cut(&start) {
        start.truncate(length);
        range.start = KeyBytes::from(&start[..]);
        if let Some(last) = start.last_mut() {
            *last += 1;
        }
        range.end = KeyBytes::from(&start[..]);
        range.partition_end = None;
    }
}

/// All items of a memory.
pub(super) async fn everything(memory: &Memory) -> Result<Vec<Item>> {
    let mut snapshot = memory.snapshot(&Context::new(), None).await?;
    let mut all = Vec::new();
    loop {
        let items = snapshot.next(NonZeroUsize::MAX).await?;
        if items.is_empty() {
            return Ok(all);
        }
        all.extend(items);
    }
}

/// A "snapshot" that reads what stands there now.
struct Live {
    memory: Memory,
    namespace: Option<String>,
    after: Option<Key>,
}

impl SnapshotReader for Live {
    fn next<'a>(
        &'a mut self,
        _: NonZeroUsize,
    ) -> Pin<Box<dyn Future<Output = Result<Vec<Item>>> + Send + 'a>> {
        Box::pin(async {
            tokio::task::yield_now().await;
            let mut items: BTreeMap<_, _> = everything(&self.memory)
                .await?
                .into_iter()
                .map(|item| (item.key.clone(), item))
                .collect();
            items.retain(|key, _| {
                self.after.as_ref().is_none_or(|after| key > after)
                    && self
                        .namespace
                        .as_ref()
                        .is_none_or(|name| key.namespace() == name.as_bytes())
            });
            let next = items.into_values().next();
            self.after = next
                .as_ref()
                .map(|item| item.key.clone())
                .or(self.after.take());
            Ok(next.into_iter().collect())
        })
    }
}
