use bytes::Bytes;

use crate::backend::Key;
use crate::clock::Timestamp;

/// An entry as a checkpoint has it. Of revisions nothing is kept: what is restored is written anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) key: Key,
    pub(super) value: Bytes,
    /// The moment from which on it is gone, by the store's clock.
    pub(super) expires: Option<Timestamp>,
}
