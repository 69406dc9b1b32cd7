//! The bytes of a counter's entry, which backends must know to add to it.

use crate::error::{Error, ErrorKind, Result};

/// The envelope of a raw payload of version 1, as `docs/format.md` draws it.
const HEADER: [u8; 2] = [0x18, 0x01];

/// The value bytes of a counter: the two bytes of its envelope, then the number big-endian.
pub fn encode_counter(number: i64) -> [u8; 10] {
    let [a, b] = HEADER;
    let [n0, n1, n2, n3, n4, n5, n6, n7] = number.to_be_bytes();
    [a, b, n0, n1, n2, n3, n4, n5, n6, n7]
}

/// The number in the value bytes of a counter; `None` where they are not a counter's.
pub fn decode_counter(value: &[u8]) -> Option<i64> {
    let number = value.strip_prefix(&HEADER)?;
    Some(i64::from_be_bytes(number.try_into().ok()?))
}

/// What a counter stands at after `delta` is added to it; an absent one counts as zero.
///
/// # Errors
/// [`ErrorKind::Overflow`] past the range of `i64`; [`ErrorKind::Corrupt`] where `value` is not a counter's.
pub fn add_to_counter(value: Option<&[u8]>, delta: i64) -> Result<i64> {
    let number = match value {
        Some(value) => decode_counter(value).ok_or_else(|| {
            Error::new(
                ErrorKind::Corrupt,
                "the stored bytes are not a counter; nothing was changed",
            )
        })?,
        None => 0,
    };
    number.checked_add(delta).ok_or_else(|| {
        let wrong = format!("{number} plus {delta} leaves the range of i64; nothing was changed");
        Error::new(ErrorKind::Overflow, wrong)
    })
}
