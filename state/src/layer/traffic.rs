//! How much a request carries and an answer brings: for layers that measure.

use bytes::Bytes;

use crate::backend::{Commit, Condition, Entry, Item, Key, Mutation, Outcome, Write};
use crate::error::{Error, ErrorKind, Result};

/// What became of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// The store did it.
    Ok,
    /// A condition did not hold.
    Conflict,
    /// It failed.
    Failed(ErrorKind),
}

impl Ending {
    #[inline]
    pub(super) fn of<T>(answer: &Result<T>) -> Self {
        match answer {
            Ok(_) => Self::Ok,
            Err(error) => Self::of_error(error),
        }
    }

    #[inline]
    pub(super) fn of_commit(answer: &Result<Outcome>) -> Self {
        match answer {
            Ok(Outcome::Applied(_)) => Self::Ok,
            Ok(Outcome::Conflict(_)) => Self::Conflict,
            Err(error) => Self::of_error(error),
        }
    }

    #[cold]
    fn of_error(error: &Error) -> Self {
        match error.kind() {
            ErrorKind::Conflict => Self::Conflict,
            kind => Self::Failed(kind),
        }
    }

    /// As labels and logs show it.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Conflict => "conflict",
            Self::Failed(_) => "error",
        }
    }
}

/// What a request carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Load {
    /// The keys that it names; of a page, the most that it may bring.
    pub(super) keys: usize,
    /// The bytes of values that it writes.
    pub(super) bytes: usize,
}

impl Load {
    /// So many keys, and no values.
    pub(super) const fn of_keys(keys: usize) -> Self {
        Self { keys, bytes: 0 }
    }

    pub(super) fn of_commit(commit: &Commit) -> Self {
        let mutations = commit.mutations();
        Self {
            keys: commit.conditions().len() + mutations.len(),
            bytes: mutations
                .iter()
                .map(|mutation| match mutation {
                    Mutation::Put { value, .. } => value.len(),
                    _ => 0,
                })
                .sum(),
        }
    }

    pub(super) fn of_commits(commits: &[Commit]) -> Self {
        commits
            .iter()
            .map(Self::of_commit)
            .fold(Self::default(), |all, one| Self {
                keys: all.keys + one.keys,
                bytes: all.bytes + one.bytes,
            })
    }

    pub(super) fn of_writes(writes: &[Write]) -> Self {
        let values = writes.iter().filter_map(Write::value);
        Self {
            keys: writes.len(),
            bytes: values.map(Bytes::len).sum(),
        }
    }
}

/// What an answer brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Yield {
    /// Entries that were there.
    pub(super) hits: usize,
    /// Keys under which there was none.
    pub(super) misses: usize,
    /// The bytes of values that were read.
    pub(super) bytes: usize,
}

impl Yield {
    #[inline]
    pub(super) fn of_entries(answer: &Result<Vec<Option<Entry>>>) -> Self {
        let mut all = Self::default();
        for entry in answer.iter().flatten() {
            match entry {
                Some(entry) => {
                    all.hits += 1;
                    all.bytes += entry.value.len();
                }
                None => all.misses += 1,
            }
        }
        all
    }

    /// Of a page, which has no hits: nobody asked for its keys.
    pub(super) fn of_items<'a>(items: impl IntoIterator<Item = &'a Item>) -> Self {
        let sizes = items.into_iter().map(|item| item.entry.value.len());
        Self {
            bytes: sizes.sum(),
            ..Self::default()
        }
    }
}

/// The key that a commit names first.
pub(super) fn first_key(commit: &Commit) -> Option<&Key> {
    let conditions = commit.conditions().iter().map(Condition::key);
    let mutations = commit.mutations().iter().map(Mutation::key);
    conditions.chain(mutations).next()
}
