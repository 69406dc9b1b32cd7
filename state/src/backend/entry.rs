use bytes::Bytes;

use super::{Key, Revision, Ttl};

/// What is stored under a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The value's bytes; may be empty.
    pub value: Bytes,
    /// The revision of the write that made it.
    pub revision: Revision,
    /// The time left when the store answered. `None` where it never expires; where the context did not ask for
    /// [`lifetimes`](super::Context::lifetimes), also where the backend did not look.
    pub ttl: Option<Ttl>,
}

/// An entry with its key, as ranges, scans and snapshots give it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The key.
    pub key: Key,
    /// The entry; its value is empty where only keys were asked for.
    pub entry: Entry,
    /// The JSON object beside it, where there is one and a snapshot gives the item; ranges and scans do not read it.
    pub metadata: Option<Box<str>>,
}
