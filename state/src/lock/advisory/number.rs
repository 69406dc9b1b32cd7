use sha2::{Digest as _, Sha256};

/// What keeps these numbers apart from other uses of the hash.
const DOMAIN: &[u8] = b"typed-state advisory lock 1\0";

/// The number of the lock on a key of a table.
pub(super) fn number(table: &str, key: &[u8]) -> i64 {
    let table_len = u64::try_from(table.len()).unwrap_or(u64::MAX);
    let hash = Sha256::new()
        .chain_update(DOMAIN)
        .chain_update(table_len.to_be_bytes())
        .chain_update(table)
        .chain_update(key)
        .finalize();
    i64::from_be_bytes(hash.first_chunk().copied().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn programs_of_all_versions_take_the_same_numbers() {
        assert_eq!(
            number("public.state", b"job\0\x07"),
            -9_159_751_788_222_936_032
        );
    }

    #[test]
    fn table_and_key_both_count_and_are_kept_apart() {
        let numbers = [
            number("a", b"bc"),
            number("ab", b"c"),
            number("", b"abc"),
            number("a", b"bd"),
        ];
        for (place, number) in numbers.iter().enumerate() {
            assert!(!numbers[..place].contains(number));
        }
    }
}
