use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;

use super::compare::{Reading, Verdict, no_repeats};
use super::drive::{Driver, answered};
use super::operation::{Bounds, Operation};
use super::reference::Record;
use crate::backend::{
    Backend as _, Consistency, Context, Cursor, Direction, Item, Key, Page, Projection, Range,
    Scan, Snapshot, Write,
};
use crate::testing::Fixture;

/// More pages than any history needs, even where most come back empty.
const MAX_PAGES: usize = 10_000;

/// A snapshot, and what it must show.
pub(super) struct OpenSnapshot {
    snapshot: Snapshot,
    expected: BTreeMap<Key, Record>,
    taken_at: i64,
    namespace: Option<&'static str>,
}

impl<F: Fixture> Driver<F> {
    /// Reads all pages of a range or a scan, with writes after the first one.
    pub(super) async fn read_pages(&mut self, operation: &Operation) -> Verdict {
        let (projection, limit, between) = match operation {
            Operation::Range {
                projection,
                limit,
                between,
                ..
            }
            | Operation::Scan {
                projection,
                limit,
                between,
                ..
            } => (*projection, *limit, between),
            _ => return Ok(()),
        };
        let before = self.wanted(operation);
        let mut pages = Vec::new();
        let mut cursor = None;
        loop {
            let page = self.page(operation, projection, limit, cursor).await?;
            pages.push(page.items);
            if pages.len() == 1 && !between.is_empty() {
                self.write(between).await?;
            }
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
            if pages.len() > MAX_PAGES {
                return Err("the pages do not end".to_owned());
            }
        }
        let after = self.wanted(operation);
        let reading = Reading {
            pages: &pages,
            projection,
            before: &before,
            after: &after,
            unsteady: &deleted(between),
            now: self.reference.now(),
            time: self.time,
        };
        reading.check()?;
        match operation {
            Operation::Range {
                direction, limit, ..
            } => in_order(&pages, *direction, *limit),
            _ => pages
                .iter()
                .try_for_each(|page| no_repeats(page.iter().map(|item| &item.key))),
        }
    }

    async fn page(
        &self,
        operation: &Operation,
        projection: Projection,
        limit: NonZeroUsize,
        cursor: Option<Cursor>,
    ) -> Verdict<Page> {
        let cx = Context::new().with_lifetimes();
        match operation {
            Operation::Range {
                bounds, direction, ..
            } => {
                let range = Range {
                    start: bounds.start.clone(),
                    end: bounds.end.clone(),
                    partition_end: bounds.partition_end,
                    direction: *direction,
                    projection,
                    limit,
                    cursor,
                };
                answered(self.backend().range(&cx, range).await)
            }
            Operation::Scan { namespace, .. } => {
                let scan = Scan {
                    namespace: (*namespace).to_owned(),
                    projection,
                    limit,
                    cursor,
                };
                answered(self.backend().scan(&cx, scan).await)
            }
            _ => Ok(Page::default()),
        }
    }

    /// The live entries that the operation reads.
    fn wanted(&self, operation: &Operation) -> BTreeMap<Key, Record> {
        match operation {
            Operation::Range {
                bounds: Bounds { start, end, .. },
                ..
            } => self.reference.select(|key| {
                let key = key.as_bytes();
                start.as_slice() <= key && key < end.as_slice()
            }),
            Operation::Scan { namespace, .. } => self.in_namespace(Some(namespace)),
            _ => BTreeMap::new(),
        }
    }

    fn in_namespace(&self, namespace: Option<&str>) -> BTreeMap<Key, Record> {
        self.reference
            .select(|key| namespace.is_none_or(|namespace| key.namespace() == namespace.as_bytes()))
    }

    pub(super) async fn open_snapshot(&mut self, namespace: Option<&'static str>) -> Verdict {
        let owned = namespace.map(str::to_owned);
        let snapshot = answered(self.backend().snapshot(&Context::new(), owned).await)?;
        self.snapshots.push_back(OpenSnapshot {
            snapshot,
            expected: self.in_namespace(namespace),
            taken_at: self.reference.now(),
            namespace,
        });
        Ok(())
    }

    pub(super) async fn read_snapshot(&mut self, limit: NonZeroUsize) -> Verdict {
        let Some(mut open) = self.snapshots.pop_front() else {
            return Ok(());
        };
        let mut pages = Vec::new();
        loop {
            let items = answered(open.snapshot.next(limit).await)?;
            if items.is_empty() {
                break;
            }
            if items.len() > limit.get() {
                return Err(format!(
                    "{} items came where {limit} were the limit",
                    items.len()
                ));
            }
            pages.push(items);
        }
        no_repeats(pages.iter().flatten().map(|item| &item.key))?;
        let (after, now) = match open.snapshot.consistency() {
            Consistency::PointInTime => (open.expected.clone(), open.taken_at),
            Consistency::Fuzzy => (self.in_namespace(open.namespace), self.reference.now()),
        };
        // A fuzzy snapshot owes only what stood unchanged all the time.
        if open.snapshot.consistency() == Consistency::Fuzzy {
            open.expected
                .retain(|key, record| after.get(key) == Some(record));
            for page in &mut pages {
                page.retain(|item| open.expected.contains_key(&item.key));
            }
        }
        Reading {
            pages: &pages,
            projection: Projection::Entries,
            before: &open.expected,
            after: &open.expected,
            unsteady: &BTreeSet::new(),
            now,
            time: self.time,
        }
        .check()
    }
}

/// The keys that the writes may leave absent for a moment.
fn deleted(writes: &[Write]) -> BTreeSet<Key> {
    let deletes = writes.iter().filter_map(|write| match write {
        Write::Delete { key } => Some(key.clone()),
        Write::Put { .. } | Write::PutWithMetadata { .. } => None,
    });
    deletes.collect()
}

/// The keys of a range rise (or fall) strictly over all pages, and no page is longer than asked for.
fn in_order(pages: &[Vec<Item>], direction: Direction, limit: NonZeroUsize) -> Verdict {
    if let Some(page) = pages.iter().find(|page| page.len() > limit.get()) {
        return Err(format!(
            "a page holds {} items and {limit} were the limit",
            page.len()
        ));
    }
    let keys = pages.iter().flatten().map(|item| &item.key);
    for (first, second) in keys.clone().zip(keys.skip(1)) {
        let ordered = match direction {
            Direction::Forward => first < second,
            Direction::Reverse => first > second,
        };
        if !ordered {
            return Err(format!("`{second}` came after `{first}`, {direction:?}"));
        }
    }
    Ok(())
}
