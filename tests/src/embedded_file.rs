//! The file of an embedded store, read without the store, as `docs/format.md` draws it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use redb::{Database, ReadableDatabase as _, ReadableTable as _, TableDefinition};
use typed_state::testing::TestResult;

/// Key bytes to record bytes.
pub const ENTRIES: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("entries");
/// Expiry and key bytes.
pub const EXPIRIES: TableDefinition<'_, &[u8], ()> = TableDefinition::new("expiries");
/// What the file is.
pub const META: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("meta");

/// The file in a store's directory.
pub fn path(directory: &Path) -> PathBuf {
    directory.join("state.redb")
}

/// What a closed store's file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Contents {
    /// How many records, expired ones included.
    pub records: usize,
    /// How many of them expire.
    pub expiring: usize,
}

/// Counts the records of a closed store, and checks that the expiry index has a row for each that expires and no other.
pub fn check(directory: &Path) -> TestResult<Contents> {
    let database = Database::open(path(directory))?;
    let read = database.begin_read()?;
    let mut records = 0;
    let mut expected = BTreeSet::new();
    for row in read.open_table(ENTRIES)?.iter()? {
        let (key, record) = row?;
        let (key, record) = (key.value(), record.value());
        records += 1;
        if record.get(4) == Some(&1) {
            let expires = record.get(15..23).ok_or("a record is cut off")?;
            let expires = i64::from_be_bytes(expires.try_into()?) ^ i64::MIN;
            expected.insert([expires.to_be_bytes().as_slice(), key].concat());
        }
    }
    let mut rows = BTreeSet::new();
    for row in read.open_table(EXPIRIES)?.iter()? {
        rows.insert(row?.0.value().to_vec());
    }
    if rows != expected {
        let missing = expected.difference(&rows).count();
        let stale = rows.difference(&expected).count();
        let wrong =
            format!("the expiry index misses {missing} rows and has {stale} that nobody needs");
        return Err(wrong.into());
    }
    Ok(Contents {
        records,
        expiring: expected.len(),
    })
}
