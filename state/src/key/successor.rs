use crate::backend::KeyBytes;

/// The first bytes that sort after everything that begins with `prefix`.
///
/// A prefix begins with a namespace, whose bytes are below `FF`, so there is one.
pub(crate) fn successor(prefix: &[u8]) -> KeyBytes {
    let last = prefix.iter().rposition(|&byte| byte != 0xFF);
    let mut bytes = prefix
        .get(..last.map_or(0, |last| last + 1))
        .unwrap_or_default()
        .to_vec();
    if let Some(last) = bytes.last_mut() {
        *last += 1;
    }
    KeyBytes::from(&bytes[..])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::successor;

    /// Few bytes, so that prefixes and their neighbours meet.
    fn bytes() -> impl Strategy<Value = Vec<u8>> {
        let byte = prop_oneof![Just(0x00), Just(0x01), Just(0xFE), Just(0xFF), any::<u8>()];
        proptest::collection::vec(byte, 0..8)
    }

    proptest! {
        #[test]
        fn what_begins_with_a_prefix_lies_before_its_successor(prefix in bytes(), other in bytes(), tail in bytes()) {
            let prefix = [b"n\0", &prefix[..]].concat();
            let end = successor(&prefix);
            let range = &prefix[..]..end.as_slice();
            let longer = [&prefix[..], &tail].concat();
            prop_assert!(range.contains(&&longer[..]));
            let other = [b"n\0", &other[..]].concat();
            prop_assert_eq!(range.contains(&&other[..]), other.starts_with(&prefix));
        }
    }

    #[test]
    fn trailing_ff_are_dropped() {
        assert_eq!(successor(b"a\xFF\xFF").as_slice(), b"b");
        assert_eq!(successor(b"a\x00").as_slice(), b"a\x01");
    }
}
