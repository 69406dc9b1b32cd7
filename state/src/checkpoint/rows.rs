use std::fmt;
use std::sync::Arc;

use super::chunk::Row;
use super::manifest::{ChunkRef, Manifest};
use super::opened::{self, Opened};
use super::target::Target;
use crate::error::Result;

/// The rows of a checkpoint, in the order in which they were written; a chunk at a time is in memory.
pub struct SavedRows<T> {
    target: Arc<T>,
    chunks: std::vec::IntoIter<ChunkRef>,
    open: Option<Opened>,
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
    /// [`Corrupt`](crate::ErrorKind::Corrupt), which names the chunk that is damaged or missing, and those of the target.
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
            self.open = Some(opened::read(&*self.target, chunk, Ok).await?);
        }
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
