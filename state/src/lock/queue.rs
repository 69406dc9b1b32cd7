//! The bytes of the queue of those that wait for a lock.

use bytes::Bytes;

use crate::error::{Error, ErrorKind, Result};

/// The first byte of a queue.
const VERSION: u8 = 1;

/// A version, then the number of each that waits, big-endian, the first first.
pub(super) fn encode(waiters: impl IntoIterator<Item = u64>) -> Bytes {
    let mut bytes = vec![VERSION];
    for waiter in waiters {
        bytes.extend(waiter.to_be_bytes());
    }
    bytes.into()
}

pub(super) fn decode(bytes: &[u8]) -> Result<Vec<u64>> {
    let foreign = || {
        Error::new(
            ErrorKind::Corrupt,
            "the stored bytes are not a lock's queue",
        )
    };
    let numbers = bytes.strip_prefix(&[VERSION]).ok_or_else(foreign)?;
    let (numbers, rest) = numbers.as_chunks::<8>();
    if !rest.is_empty() {
        return Err(foreign());
    }
    Ok(numbers.iter().copied().map(u64::from_be_bytes).collect())
}
