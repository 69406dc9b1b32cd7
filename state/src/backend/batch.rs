use bytes::Bytes;

use super::{Expiry, Key, Mutation, Revision};
use crate::error::{Error, ErrorKind, Result};

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
    /// The same with metadata beside it, on a backend that keeps some
    /// ([`Capabilities::metadata`](super::Capabilities::metadata)); others refuse the batch.
    PutWithMetadata {
        /// The key.
        key: Key,
        /// The value's bytes.
        value: Bytes,
        /// A JSON object.
        metadata: Box<str>,
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
            Self::Put { key, .. } | Self::PutWithMetadata { key, .. } | Self::Delete { key } => key,
        }
    }

    /// The value that it puts.
    pub const fn value(&self) -> Option<&Bytes> {
        match self {
            Self::Put { value, .. } | Self::PutWithMetadata { value, .. } => Some(value),
            Self::Delete { .. } => None,
        }
    }

    /// The expiry that it puts.
    pub const fn expiry(&self) -> Option<Expiry> {
        match self {
            Self::Put { expiry, .. } | Self::PutWithMetadata { expiry, .. } => Some(*expiry),
            Self::Delete { .. } => None,
        }
    }

    /// The mutation that does the same.
    ///
    /// # Errors
    /// [`Unsupported`](ErrorKind::Unsupported) where there is metadata, which mutations have none of.
    pub fn into_mutation(self) -> Result<Mutation> {
        match self {
            Self::Put { key, value, expiry } => Ok(Mutation::Put { key, value, expiry }),
            Self::PutWithMetadata { key, .. } => Err(no_metadata(&key)),
            Self::Delete { key } => Ok(Mutation::Delete { key }),
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

impl WriteBatch {
    /// For a backend that keeps no metadata, before it applies any of the batch.
    ///
    /// # Errors
    /// [`Unsupported`](ErrorKind::Unsupported) where a write has some.
    pub fn refuse_metadata(&self) -> Result<()> {
        let mut writes = self.writes.iter();
        match writes.find(|write| matches!(write, Write::PutWithMetadata { .. })) {
            Some(write) => Err(no_metadata(write.key())),
            None => Ok(()),
        }
    }
}

fn no_metadata(key: &Key) -> Error {
    let message = "the backend keeps no metadata beside values; nothing was written: leave the metadata out, or pick one that does (PostgreSQL)";
    Error::new(ErrorKind::Unsupported, message).at_key(key)
}

/// What a batch did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Written {
    /// How many of its deletes found an entry; the second delete of one key finds none.
    pub deleted: u64,
}
