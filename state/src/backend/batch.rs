use bytes::Bytes;

use super::{Expiry, Key, Revision};

/// One unconditional write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Write {
    /// Writes the entry; it gets the batch's revision.
    Put {
        /// The key.
        key: Key,
        /// The value's bytes.
        value: Bytes,
        /// When it expires.
        expiry: Expiry,
    },
    /// Removes the entry, if there is one.
    Delete {
        /// The key.
        key: Key,
    },
}

impl Write {
    /// The key it changes.
    pub const fn key(&self) -> &Key {
        match self {
            Self::Put { key, .. } | Self::Delete { key } => key,
        }
    }
}

/// Unconditional writes of any partitions: each atomic, the batch as a whole not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WriteBatch {
    /// The revision that its puts get.
    pub revision: Revision,
    /// The writes; those of one key apply in their order, so that the last wins.
    pub writes: Vec<Write>,
}

/// What a batch did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Written {
    /// How many of its deletes found an entry; the second delete of one key finds none.
    pub deleted: u64,
}
