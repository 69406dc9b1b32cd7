//! Finding records, and believing that there is none.
//!
//! The engine checks its pages only when it repairs a file. A damaged page can send a search to the wrong
//! place, where the key is not, and a damaged key is not found under its name. So where a search ends
//! at a gap, what stands beside the gap is looked at, too: it must belong there.

use std::ops::Bound;

use redb::ReadableTable;

use super::engine::{Entries, Fault};
use super::record::{self, Record};
use crate::backend::{Escaped, Key};
use crate::error::{Error, ErrorKind, Result};

/// The record under a key.
///
/// # Errors
/// [`ErrorKind::Corrupt`] where it is damaged, or where it is not found and a record beside its place is damaged
/// or belongs elsewhere.
pub(super) fn find(entries: &Entries, key: &Key) -> Result<Option<Record>> {
    let stored = ReadableTable::get(entries, key.as_bytes()).map_err(Fault::from)?;
    if let Some(stored) = stored {
        return Record::decode(key, stored.value()).map(Some);
    }
    let at = key.as_bytes();
    let is_whole = |found: &[u8], stored: &[u8]| record::decode(found, stored).is_ok();
    let before = |found: &[u8], stored: &[u8]| found < at && is_whole(found, stored);
    let after = |found: &[u8], stored: &[u8]| found > at && is_whole(found, stored);
    if is_between(entries, at, before, after)? {
        Ok(None)
    } else {
        Err(misplaced(at).at_key(key))
    }
}

/// Checks that a search for `at` leads to the place where it belongs.
///
/// # Errors
/// [`ErrorKind::Corrupt`] where it does not.
pub(super) fn check_place(entries: &Entries, at: &[u8]) -> Result<()> {
    if is_between(entries, at, |found, _| found < at, |found, _| found >= at)? {
        Ok(())
    } else {
        Err(misplaced(at))
    }
}

/// Whether the entries on both sides of a place, key and record, are as they should be; none is fine.
fn is_between(
    entries: &Entries,
    at: &[u8],
    before: impl FnOnce(&[u8], &[u8]) -> bool,
    after: impl FnOnce(&[u8], &[u8]) -> bool,
) -> Result<bool> {
    let mut place =
        ReadableTable::lower_bound(entries, Bound::Included(at)).map_err(Fault::from)?;
    let found_before = place.peek_prev().map_err(Fault::from)?;
    let found_after = place.peek_next().map_err(Fault::from)?;
    Ok(
        found_before.is_none_or(|(key, stored)| before(key.value(), stored.value()))
            && found_after.is_none_or(|(key, stored)| after(key.value(), stored.value())),
    )
}

/// The error of entries that are not in the order of their keys.
#[cold]
pub(super) fn misplaced(at: &[u8]) -> Error {
    Error::new(
        ErrorKind::Corrupt,
        format!(
            "what the file has beside the place of `{}` is damaged, and may hide an entry; open the store with \
             `verify(true)`, and restore a backup or a checkpoint",
            Escaped(at)
        ),
    )
}
