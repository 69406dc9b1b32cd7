//! A chunk that is read: its bytes checked, then its rows, as many as its manifest says.

use super::blocking::blocking;
use super::chunk::{Row, RowRef, Rows};
use super::manifest::ChunkRef;
use super::stored::{self, damaged, named};
use super::target::Target;
use crate::error::Result;

/// For how many rows room is made, before they are there.
const MAX_ROWS: u64 = 1 << 14;

/// The rows of a chunk that are left.
#[derive(Debug)]
pub(super) struct Opened {
    chunk: ChunkRef,
    rows: Rows,
    seen: u64,
}

/// Reads a chunk, and does with its rows what takes the processor some time.
///
/// # Errors
/// [`Corrupt`](crate::ErrorKind::Corrupt), which names the chunk, where it is missing or damaged; those of the target.
pub(super) async fn read<T: Send + 'static>(
    target: &impl Target,
    chunk: ChunkRef,
    work: impl FnOnce(Opened) -> Result<T> + Send + 'static,
) -> Result<T> {
    let bytes = target.read(&stored::name(&chunk.hash)).await?;
    let bytes = bytes.ok_or_else(|| damaged(&chunk, "is not there"))?;
    let opened = move || {
        let rows = stored::open(&chunk, &bytes)?;
        // What was stored is not needed beside what it decoded to.
        drop(bytes);
        work(Opened {
            chunk,
            rows,
            seen: 0,
        })
    };
    blocking(opened).await
}

impl Opened {
    /// The next row; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<Row>> {
        let row = self.rows.next();
        counted(&self.chunk, &mut self.seen, row)
    }

    /// The next row where it lies.
    pub(super) fn next_ref(&mut self) -> Result<Option<RowRef<'_>>> {
        let row = self.rows.next_ref();
        counted(&self.chunk, &mut self.seen, row)
    }

    /// All that are left.
    pub(super) fn all(mut self) -> Result<Vec<Row>> {
        // Not more than there can be, whatever the manifest claims.
        let most = self.chunk.entries.min(MAX_ROWS);
        let mut rows = Vec::with_capacity(usize::try_from(most).unwrap_or(0));
        while let Some(row) = self.next()? {
            rows.push(row);
        }
        Ok(rows)
    }
}

fn counted<R>(chunk: &ChunkRef, seen: &mut u64, row: Option<Result<R>>) -> Result<Option<R>> {
    if let Some(row) = row {
        *seen += 1;
        return row.map(Some).map_err(|error| named(chunk, &error));
    }
    if *seen == chunk.entries {
        return Ok(None);
    }
    let wrong = format!(
        "has {seen} entries where its manifest says {}",
        chunk.entries
    );
    Err(damaged(chunk, &wrong))
}
