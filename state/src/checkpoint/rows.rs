use std::fmt;
use std::sync::Arc;

use super::chunk::{Row, Rows};
use super::manifest::{ChunkRef, Manifest};
use super::stored;
use super::target::Target;
use crate::error::{Error, ErrorKind, Result};

/// The rows of a checkpoint, in the order in which they were written; a chunk at a time is in memory.
pub struct SavedRows<T> {
    target: Arc<T>,
    chunks: std::vec::IntoIter<ChunkRef>,
    open: Option<Open>,
}

struct Open {
    chunk: ChunkRef,
    rows: Rows,
    seen: u64,
}

impl<T: Target> SavedRows<T> {
    pub(super) fn of(target: &Arc<T>, chunks: Vec<ChunkRef>) -> Self {
        Self {
            target: Arc::clone(target),
            chunks: chunks.into_iter(),
            open: None,
        }
    }

    /// The next row; `None` at the end.
    ///
    /// Cancellation: the rows of a chunk that was being read are not given again.
    ///
    /// # Errors
    /// [`Corrupt`](ErrorKind::Corrupt), which names the chunk that is damaged or missing, and those of the target.
    pub async fn next(&mut self) -> Result<Option<Row>> {
        loop {
            if let Some(open) = &mut self.open {
                if let Some(row) = open.next()? {
                    return Ok(Some(row));
                }
                self.open = None;
            }
            let Some(chunk) = self.chunks.next() else {
                return Ok(None);
            };
            self.open = Some(Open::read(&*self.target, chunk).await?);
        }
    }
}

impl Open {
    async fn read(target: &impl Target, chunk: ChunkRef) -> Result<Self> {
        let bytes = target.read(&stored::name(&chunk.hash)).await?;
        let bytes = bytes.ok_or_else(|| stored::damaged(&chunk, "is missing"))?;
        let opened = tokio::task::spawn_blocking(move || {
            let rows = stored::open(&chunk, &bytes)?;
            Ok(Self {
                chunk,
                rows,
                seen: 0,
            })
        });
        opened.await.map_err(|error| {
            Error::new(ErrorKind::Backend, "a chunk could not be read").with_source(error)
        })?
    }

    fn next(&mut self) -> Result<Option<Row>> {
        let row = self.rows.next().transpose();
        let row = row.map_err(|error| stored::named(&self.chunk, &error))?;
        if row.is_some() {
            self.seen += 1;
        } else if self.seen != self.chunk.entries {
            return Err(stored::damaged(
                &self.chunk,
                "has another number of entries than its manifest says",
            ));
        }
        Ok(row)
    }
}

/// What the manifest says is all there is: the rows of every chunk.
pub(super) fn all<T: Target>(target: &Arc<T>, manifest: &Manifest) -> SavedRows<T> {
    SavedRows::of(target, manifest.chunks.clone())
}

impl<T> fmt::Debug for SavedRows<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SavedRows")
            .field("chunks_left", &self.chunks.len())
            .finish_non_exhaustive()
    }
}
