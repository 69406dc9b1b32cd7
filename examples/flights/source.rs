//! Which file an input is.

use std::path::Path;

use anyhow::Result;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A file as it was: one that is the same in all of this has not changed since.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Source {
    path: String,
    bytes: u64,
    modified: Timestamp,
}

impl Source {
    /// The file at `path` as it is now; `None` where it is a pipe, which is never the same twice.
    pub(crate) fn of(path: &Path) -> Result<Option<Self>> {
        let metadata = path.metadata()?;
        if !metadata.is_file() {
            return Ok(None);
        }
        Ok(Some(Self {
            path: path.canonicalize()?.to_string_lossy().into_owned(),
            bytes: metadata.len(),
            modified: metadata.modified()?.try_into()?,
        }))
    }

    /// How long it is.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }
}
