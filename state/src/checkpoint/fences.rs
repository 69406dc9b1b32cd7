//! Counts of locks' grants, which are raised and never lowered.

use super::chunk::Row;
use crate::backend::{
    Backend, Commit, Condition, Entry, Expiry, Mutation, Outcome, Scope, decode_counter,
};
use crate::error::Result;
use crate::store::Store;

/// Puts the counts that are larger than those in the store; how many they were.
pub(super) async fn raise<B: Backend>(store: &Store<B>, saved: &[Row]) -> Result<u64> {
    let mut raised = 0;
    let mut left: Vec<&Row> = saved.iter().collect();
    while !left.is_empty() {
        let cx = store.context("restore");
        let keys: Vec<_> = left.iter().map(|row| row.key.clone()).collect();
        let there = store.backend().get(&cx, &keys).await?;
        let mut rows = Vec::new();
        let mut commits = Vec::new();
        for (row, entry) in left.into_iter().zip(there) {
            if let Some(condition) = may_raise(row, entry) {
                let mut commit = Commit::new(store.new_revision(), Scope::Partition);
                commit.require(condition)?;
                commit.apply(Mutation::Put {
                    key: row.key.clone(),
                    value: row.value.clone(),
                    expiry: Expiry::Never,
                })?;
                commits.push(commit);
                rows.push(row);
            }
        }
        let outcomes = store.backend().commit_many(&cx, commits).await;
        left = Vec::new();
        for (row, outcome) in rows.into_iter().zip(outcomes) {
            match outcome? {
                Outcome::Applied(_) => raised += 1,
                // A lock was granted just now.
                Outcome::Conflict(_) => left.push(row),
            }
        }
    }
    Ok(raised)
}

/// On which condition the saved count is put; `None` where what is there is as large, or is not known to be smaller.
fn may_raise(row: &Row, there: Option<Entry>) -> Option<Condition> {
    let Some(entry) = there else {
        return Some(Condition::Absent(row.key.clone()));
    };
    let (there, whose) = count(&entry.value)?;
    let (saved, of_whom) = count(&row.value)?;
    (saved > there && of_whom == whose)
        .then(|| Condition::Revision(row.key.clone(), entry.revision))
}

/// The count, and the key that it is of where the entry names it: a counter, or what an advisory lock keeps.
fn count(value: &[u8]) -> Option<(u64, &[u8])> {
    if let Some(count) = decode_counter(value) {
        return Some((u64::try_from(count).ok()?, &[]));
    }
    let (count, key) = value.strip_prefix(&[1])?.split_first_chunk()?;
    Some((u64::from_be_bytes(*count), key))
}
