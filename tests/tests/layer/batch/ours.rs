//! Keys and commits of the tests.

use typed_state::backend::{Commit, Condition, Expiry, Key, Mutation, Revision, Scope};

pub(crate) fn key(number: u32) -> Key {
    let bytes = [&b"n\x00"[..], &number.to_be_bytes()].concat();
    Key::new(&bytes[..], 6).unwrap()
}

pub(crate) fn put(number: u32, revision: u64, value: &[u8]) -> Commit {
    let mut commit = Commit::new(Revision::from_bits(revision), Scope::Partition);
    let put = Mutation::Put {
        key: key(number),
        value: value.to_vec().into(),
        expiry: Expiry::Never,
    };
    commit.apply(put).unwrap();
    commit
}

pub(crate) fn replace(number: u32, before: u64, revision: u64, value: &[u8]) -> Commit {
    let mut commit = put(number, revision, value);
    let at = Condition::Revision(key(number), Revision::from_bits(before));
    commit.require(at).unwrap();
    commit
}

pub(crate) fn add(number: u32, delta: i64) -> Commit {
    let mut commit = Commit::new(Revision::from_bits(1), Scope::Partition);
    let add = Mutation::Add {
        key: key(number),
        delta,
        expiry: Expiry::Never,
    };
    commit.apply(add).unwrap();
    commit
}
