use crc16::{State, XMODEM};

/// How many slots the keys of a Cluster fall into.
pub(in crate::backends::redis) const SLOTS: u16 = 16_384;

/// The slot of a key whose hash tag is `hash_tag`, as the
/// [Cluster specification](https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/) says.
pub(in crate::backends::redis) fn slot_of(hash_tag: &[u8]) -> u16 {
    State::<XMODEM>::calculate(hash_tag) % SLOTS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_those_of_the_specification() {
        assert_eq!(slot_of(b"123456789"), 0x31C3);
        assert_eq!(slot_of(b"foo"), 12_182);
        assert_eq!(slot_of(b""), 0);
    }
}
