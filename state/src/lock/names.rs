//! The entries that a lock has in the partition of the key that it guards. `docs/format.md` draws their keys.

use crate::backend::Key;
use crate::error::Result;

/// Who holds the lock; it expires. No key type can have these namespaces: theirs begin with a letter.
const RECORD: &[u8] = b"~lock";
/// How often the lock was acquired; it never expires.
const FENCE: &[u8] = b"~fence";
/// Who waits, in order.
const QUEUE: &[u8] = b"~queue";
/// That somebody still waits; it expires.
const WAITER: &[u8] = b"~waiter";

/// The same of one permit of a semaphore.
const PERMIT: &[u8] = b"~permit";
const PERMIT_FENCE: &[u8] = b"~permit-fence";

/// The keys of a lock's entries.
#[derive(Debug)]
pub(super) struct Names {
    pub(super) guarded: Key,
    pub(super) record: Key,
    pub(super) fence: Key,
    pub(super) queue: Key,
}

impl Names {
    pub(super) fn of(guarded: Key) -> Result<Self> {
        Ok(Self {
            record: beside(&guarded, RECORD, &[])?,
            fence: beside(&guarded, FENCE, &[])?,
            queue: beside(&guarded, QUEUE, &[])?,
            guarded,
        })
    }

    /// The keys of one permit of a semaphore, which is a lock.
    pub(super) fn of_slot(guarded: &Key, number: u16) -> Result<Self> {
        let number = number.to_be_bytes();
        Ok(Self {
            record: beside(guarded, PERMIT, &number)?,
            fence: beside(guarded, PERMIT_FENCE, &number)?,
            queue: beside(guarded, QUEUE, &number)?,
            guarded: guarded.clone(),
        })
    }

    pub(super) fn waiter(&self, number: u64) -> Result<Key> {
        beside(&self.guarded, WAITER, &number.to_be_bytes())
    }
}

/// `NAMESPACE 00 partition namespace 00 fields suffix length-of-partition`: in the same partition, and another for every other key.
fn beside(key: &Key, namespace: &[u8], suffix: &[u8]) -> Result<Key> {
    let partition = key.partition();
    let rest = key.fields().get(partition.len()..).unwrap_or_default();
    let len = u16::try_from(partition.len()).unwrap_or(u16::MAX);
    let bytes = [
        namespace,
        &[0],
        partition,
        key.namespace(),
        &[0],
        rest,
        suffix,
        &len.to_be_bytes(),
    ];
    let end = namespace.len() + 1 + partition.len();
    Key::new(&bytes.concat()[..], end).map_err(|error| error.at_key(key))
}
