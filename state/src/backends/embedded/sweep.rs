use redb::ReadableTable;

use super::Embedded;
use super::engine::{EXPIRIES, Fault};
use super::group::Group;
use super::record::{self, index_end, split_index_row};
use super::request::Request;
use crate::backend::{Context, Key};
use crate::error::Result;

/// How many rows of the expiry index one commit looks at.
pub(super) const SWEEP_STEP: u64 = 1_000;

/// What a step of a sweep did.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Swept {
    /// How many expired entries it removed.
    pub(super) removed: u64,
    /// Whether there may be more.
    pub(super) more: bool,
}

impl Embedded {
    /// Removes at most `limit` expired entries and says how many there were.
    ///
    /// They are absent from every read before; this frees their room in the file. Several may sweep at once.
    ///
    /// # Errors
    /// Where the disk fails. What was removed before stays removed.
    ///
    /// Cancellation: some may have been removed.
    pub async fn sweep(&self, limit: u64) -> Result<u64> {
        let mut removed = 0;
        while removed < limit {
            let step = SWEEP_STEP.min(limit - removed);
            let swept = self
                .ask(&Context::new(), |reply| Request::Sweep(step, reply))
                .await?;
            removed += swept.removed;
            if !swept.more {
                break;
            }
        }
        Ok(removed)
    }
}

/// Adds the removal of at most `limit` expired entries to the group.
pub(super) fn sweep(group: &mut Group<'_>, limit: u64) -> Result<Swept> {
    let now = group.now();
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let rows = expired_rows(group, &index_end(now), limit)?;
    let mut swept = Swept {
        removed: 0,
        more: rows.len() == limit,
    };
    for row in rows {
        match expired_key(group, &row)? {
            // The change itself removes the row that was there before it.
            Some(key) if group.is_changed(&key) => {}
            Some(key) => {
                group.set(key, None);
                swept.removed += 1;
            }
            None => group.remove_stale_row(row),
        }
    }
    Ok(swept)
}

fn expired_rows(group: &mut Group<'_>, end: &[u8], limit: usize) -> Result<Vec<Vec<u8>>> {
    let (transaction, _) = group.read()?;
    let expiries = transaction.open_table(EXPIRIES).map_err(Fault::from)?;
    let mut rows = Vec::new();
    for row in ReadableTable::range::<&[u8]>(&expiries, ..end)
        .map_err(Fault::from)?
        .take(limit)
    {
        let (row, _) = row.map_err(Fault::from)?;
        rows.push(row.value().to_vec());
    }
    Ok(rows)
}

/// The key of a row of the index; `None` where no record stands behind it that expires then.
fn expired_key(group: &mut Group<'_>, row: &[u8]) -> Result<Option<Key>> {
    let Some((expires, bytes)) = split_index_row(row) else {
        return Ok(None);
    };
    let (_, entries) = group.read()?;
    let Some(stored) = ReadableTable::get(entries, bytes).map_err(Fault::from)? else {
        return Ok(None);
    };
    // A damaged record stays for those who read it to hear of it; only its row goes.
    let Ok((header, _)) = record::decode(bytes, stored.value()) else {
        return Ok(None);
    };
    if header.expires != Some(expires) {
        return Ok(None);
    }
    Ok(Key::new(bytes, usize::from(header.partition_end)).ok())
}
