#![expect(clippy::unwrap_used, reason = "a test that makes a wrong commit fails")]

use typed_state::backend::{Commit, Condition, Mutation, Revision, Scope};

/// A commit of one partition.
///
/// # Panics
/// Where the conditions and mutations are not of one partition, or change a key twice.
pub fn commit_of(
    revision: u64,
    conditions: impl IntoIterator<Item = Condition>,
    mutations: impl IntoIterator<Item = Mutation>,
) -> Commit {
    let mut commit = Commit::new(Revision::from_bits(revision), Scope::Partition);
    for condition in conditions {
        commit.require(condition).unwrap();
    }
    for mutation in mutations {
        commit.apply(mutation).unwrap();
    }
    commit
}
