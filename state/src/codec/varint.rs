//! Unsigned LEB128, in its one shortest spelling, so that equal envelopes are equal bytes.

/// The bytes of the longest varint: a `u64` takes ten groups of seven bits.
pub(super) const MAX_LEN: usize = 10;

/// Writes `number` at the end of `out`.
#[inline]
pub(crate) fn write(mut number: u64, out: &mut Vec<u8>) {
    loop {
        let group = (number & 0x7f) as u8;
        number >>= 7;
        if number == 0 {
            return out.push(group);
        }
        out.push(group | 0x80);
    }
}

/// The bytes that `number` takes.
pub(super) const fn len(number: u64) -> usize {
    let bits = u64::BITS - (number | 1).leading_zeros();
    bits.div_ceil(7) as usize
}

/// The number at the start of `bytes`, and what follows it.
///
/// `None` where the bytes end inside it, where it has more than 64 bits, or where it is spelled longer than it must be.
#[inline]
pub(crate) fn read(bytes: &[u8]) -> Option<(u64, &[u8])> {
    match bytes {
        [byte @ ..0x80, rest @ ..] => Some(((*byte).into(), rest)),
        _ => read_long(bytes),
    }
}

fn read_long(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut number = 0_u64;
    for (index, &byte) in bytes.iter().enumerate().take(MAX_LEN) {
        let group = u64::from(byte & 0x7f);
        let shift = 7 * u32::try_from(index).ok()?;
        if group.leading_zeros() < shift {
            return None;
        }
        number |= group << shift;
        if byte < 0x80 {
            let canonical = index == 0 || byte != 0;
            return canonical.then(|| (number, bytes.get(index + 1..).unwrap_or_default()));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(number: u64) -> Vec<u8> {
        let mut out = Vec::new();
        write(number, &mut out);
        out
    }

    proptest! {
        #[test]
        fn read_inverts_write(number: u64, shift in 0..64_u32, rest: Vec<u8>) {
            let number = number >> shift;
            let mut bytes = written(number);
            prop_assert_eq!(bytes.len(), len(number));
            bytes.extend_from_slice(&rest);
            prop_assert_eq!(read(&bytes), Some((number, rest.as_slice())));
        }

        #[test]
        fn what_is_read_is_spelled_as_written(bytes: Vec<u8>) {
            if let Some((number, rest)) = read(&bytes) {
                let mut again = written(number);
                again.extend_from_slice(rest);
                prop_assert_eq!(again, bytes);
            }
        }
    }

    #[test]
    fn the_ends_of_the_range() {
        assert_eq!(written(0), [0]);
        assert_eq!(len(0), 1);
        assert_eq!(written(u64::MAX).len(), MAX_LEN);
        assert_eq!(read(&[0x80, 0x00]), None, "zero spelled in two bytes");
        assert_eq!(read(&[0xff; 10]), None, "more than 64 bits");
        assert_eq!(
            read(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02]),
            None
        );
        assert_eq!(read(&[0x80]), None, "cut off");
    }
}
