use ::sqlx::postgres::{PgRow, Postgres};
use ::sqlx::{ColumnIndex, Decode, Row as _, Type};
use bytes::Bytes;

use super::link::{Effect, Failure};
use crate::backend::{Entry, Item, Key, Revision, Ttl};
use crate::error::{Error, ErrorKind, Result};

/// A column of a row.
///
/// # Errors
/// Where the server answers another column or type than was asked for.
pub(super) fn column<'r, T, I>(row: &'r PgRow, name: I) -> Result<T>
where
    T: Decode<'r, Postgres> + Type<Postgres>,
    I: ColumnIndex<PgRow>,
{
    let value = row.try_get(name);
    value.map_err(|error| Failure::of(&error).into_error(Effect::Read))
}

/// The entry of a row that has the columns `revision`, `value` and `ttl`.
pub(super) fn entry(row: &PgRow) -> Result<Entry> {
    let revision: i64 = column(row, "revision")?;
    let ttl: Option<i64> = column(row, "ttl")?;
    Ok(Entry {
        value: Bytes::copy_from_slice(column(row, "value")?),
        revision: Revision::from_bits(revision.cast_unsigned()),
        ttl: ttl.and_then(Ttl::from_millis),
    })
}

/// The entry of a row that has the columns `key` and `layout`, too.
pub(super) fn item(row: &PgRow) -> Result<Item> {
    let layout: i32 = column(row, "layout")?;
    let partition_end = usize::try_from(layout & 0xFFFF).unwrap_or_default();
    let key: &[u8] = column(row, "key")?;
    let key = Key::new(key, partition_end).map_err(|error| {
        let foreign =
            "a row of the table has no key that the store writes; find out who else writes to it";
        Error::new(ErrorKind::Corrupt, foreign).with_source(error)
    })?;
    Ok(Item {
        key: key.with_index(layout & 0x1_0000 != 0),
        entry: entry(row)?,
        metadata: None,
    })
}
