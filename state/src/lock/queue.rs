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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_nothing_else() {
        for waiters in [vec![], vec![7], vec![u64::MAX, 0, 1]] {
            let bytes = encode(waiters.iter().copied());
            assert_eq!(decode(&bytes).ok(), Some(waiters));
        }
        for foreign in [&[][..], &[0], &[2, 0, 0, 0, 0, 0, 0, 0, 1], &[1, 0]] {
            let error = decode(foreign).err().map(|error| error.kind());
            assert_eq!(error, Some(ErrorKind::Corrupt), "{foreign:?}");
        }
    }
}
