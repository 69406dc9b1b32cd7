use std::collections::{BTreeMap, BTreeSet};

use super::reference::Record;
use crate::backend::{Entry, Item, Key, Projection};
use crate::testing::Time;

/// Whether the backend agrees with the reference, or how not.
pub(super) type Verdict<T = ()> = Result<T, String>;

/// How far a clock that runs by itself may have gone during a history.
const DRIFT: i64 = 600_000;

/// Beyond this a time to live has saturated, at a place that depends on where the store's clock stands.
const SATURATED: i64 = i64::MAX / 2;

/// Judges an entry that was read at `now` against what stands in the reference.
pub(super) fn entry(
    key: &Key,
    seen: Option<&Entry>,
    expected: Option<&Record>,
    now: i64,
    time: Time,
) -> Verdict {
    match (seen, expected) {
        (None, None) => Ok(()),
        (Some(seen), Some(expected))
            if seen.value == expected.value
                && seen.revision == expected.revision
                && ttl_agrees(seen, expected, now, time) =>
        {
            Ok(())
        }
        _ => Err(format!(
            "`{key}` is {}, and should be {}",
            show_entry(seen),
            show_record(expected, now)
        )),
    }
}

fn ttl_agrees(seen: &Entry, expected: &Record, now: i64, time: Time) -> bool {
    let (seen, expected) = match (seen.ttl, expected.expires) {
        (None, None) => return true,
        (Some(seen), Some(expires)) => (seen.as_millis(), expires.saturating_sub(now)),
        _ => return false,
    };
    if expected > SATURATED {
        return seen > SATURATED;
    }
    match time {
        Time::Manual => seen == expected,
        Time::Running => seen <= expected && seen > expected - DRIFT,
    }
}

fn show_entry(entry: Option<&Entry>) -> String {
    entry.map_or("absent".to_owned(), |entry| {
        let ttl = entry.ttl.map(crate::Ttl::as_millis);
        show(&entry.value, entry.revision, ttl)
    })
}

fn show_record(record: Option<&Record>, now: i64) -> String {
    record.map_or("absent".to_owned(), |record| {
        let ttl = record.expires.map(|expires| expires.saturating_sub(now));
        show(&record.value, record.revision, ttl)
    })
}

fn show(value: &bytes::Bytes, revision: crate::Revision, ttl: Option<i64>) -> String {
    let ttl = ttl.map_or("for ever".to_owned(), |ttl| format!("for {ttl} ms"));
    format!("{value:?} of revision {revision} {ttl}")
}

/// What pages gave, against what stood there before the first and after the last of them.
pub(super) struct Reading<'a> {
    pub(super) pages: &'a [Vec<Item>],
    pub(super) projection: Projection,
    pub(super) before: &'a BTreeMap<Key, Record>,
    pub(super) after: &'a BTreeMap<Key, Record>,
    /// Keys that may have been gone for a moment in between.
    pub(super) unsteady: &'a BTreeSet<Key>,
    pub(super) now: i64,
    pub(super) time: Time,
}

impl Reading<'_> {
    /// Each item stood there at some moment, and no key that lived throughout is missing.
    pub(super) fn check(&self) -> Verdict {
        let mut seen = BTreeSet::new();
        for item in self.pages.iter().flatten() {
            seen.insert(&item.key);
            self.check_item(item)?;
        }
        let throughout = self
            .before
            .keys()
            .filter(|key| self.after.contains_key(*key) && !self.unsteady.contains(*key));
        for key in throughout {
            if !seen.contains(key) {
                return Err(format!("`{key}` lived throughout and was skipped"));
            }
        }
        Ok(())
    }

    fn check_item(&self, item: &Item) -> Verdict {
        let candidates = [self.before.get(&item.key), self.after.get(&item.key)];
        let agrees = |expected: &Record| match self.projection {
            Projection::Keys => item.entry.value.is_empty(),
            Projection::Entries => entry(
                &item.key,
                Some(&item.entry),
                Some(expected),
                self.now,
                self.time,
            )
            .is_ok(),
        };
        if candidates.into_iter().flatten().any(agrees) {
            return Ok(());
        }
        let [before, after] = candidates.map(|record| show_record(record, self.now));
        Err(format!(
            "`{}` came as {}; it was {before} before the first page and {after} after the last",
            item.key,
            show_entry(Some(&item.entry)),
        ))
    }
}

/// Each key once.
pub(super) fn no_repeats<'a>(keys: impl IntoIterator<Item = &'a Key>) -> Verdict {
    let mut seen = BTreeSet::new();
    for key in keys {
        if !seen.insert(key) {
            return Err(format!("`{key}` came twice"));
        }
    }
    Ok(())
}
