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

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_are_of_the_same_partition_and_of_one_key_alone() {
        let mut seen = HashSet::new();
        // The same bytes with every end of the partition, and bytes that are split elsewhere.
        for (bytes, end) in [
            (&b"a\0bcd"[..], 2),
            (b"a\0bcd", 3),
            (b"a\0bcd", 4),
            (b"a\0bcd", 5),
            (b"c\0bad", 3),
            (b"ab\0cd", 4),
            (b"ab\0cd", 5),
        ] {
            let key = Key::new(bytes, end).unwrap();
            let names = Names::of(key.clone()).unwrap();
            let slot = Names::of_slot(&key, 1).unwrap();
            for name in [
                names.record.clone(),
                names.fence.clone(),
                names.queue.clone(),
                names.waiter(1).unwrap(),
                slot.record,
                slot.fence,
                slot.queue,
            ] {
                assert_eq!(name.partition(), key.partition());
                assert!(seen.insert(name.as_bytes().to_vec()), "{name} twice");
            }
        }
    }

    #[test]
    fn a_key_that_leaves_no_room_is_refused_by_its_name() {
        let bytes = [&b"long\0"[..], &[b'x'; 2_040]].concat();
        let key = Key::new(&bytes[..], 6).unwrap();
        let refused = Names::of(key).unwrap_err();
        assert_eq!(refused.kind(), crate::ErrorKind::TooLarge);
        assert!(refused.key().unwrap().starts_with("long/x"), "{refused}");
    }
}
