//! The bytes of a counter's entry, which backends must know to add to it.

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
