//! Between the words of the test and those of the contract.

use bytes::Bytes;

use super::call::{Answer, Cell, Change, Effect, KEYS, KeyIndex, Require};
use crate::backend::{
    Commit, Condition, Effect as Seen, Entry, Expiry, Key, Mutation, Outcome, Revision, Scope,
    Write, decode_counter, encode_counter,
};
use crate::error::{Error, ErrorKind, Result};

/// Where the partition of the keys ends.
const PARTITION_END: usize = 7;

/// The keys, all of one partition.
const KEY_BYTES: [&[u8]; KEYS] = [b"race\0p\x01x", b"race\0p\x01y", b"race\0p\x01z"];

pub(super) fn key_of(index: KeyIndex) -> Result<Key> {
    let bytes: &[u8] = KEY_BYTES.get(index).copied().unwrap_or_default();
    Key::new(bytes, PARTITION_END)
}

/// The commit of a call.
pub(super) fn commit_of(revision: u64, requires: &[Require], changes: &[Change]) -> Result<Commit> {
    let mut commit = Commit::new(Revision::from_bits(revision), Scope::Partition);
    for require in requires {
        commit.require(match *require {
            Require::Absent(index) => Condition::Absent(key_of(index)?),
            Require::Present(index) => Condition::Present(key_of(index)?),
            Require::Revision(index, revision) => {
                Condition::Revision(key_of(index)?, Revision::from_bits(revision))
            }
        })?;
    }
    for change in changes {
        commit.apply(match *change {
            Change::Put(index, number) => Mutation::Put {
                key: key_of(index)?,
                value: value_of(number),
                expiry: Expiry::Never,
            },
            Change::Delete(index) => Mutation::Delete {
                key: key_of(index)?,
            },
            Change::Add(index, delta) => Mutation::Add {
                key: key_of(index)?,
                delta,
                expiry: Expiry::Never,
            },
        })?;
    }
    Ok(commit)
}

/// The write of a change that is no addition.
pub(super) fn write_of(change: Change) -> Result<Write> {
    Ok(match change {
        Change::Put(index, number) => Write::Put {
            key: key_of(index)?,
            value: value_of(number),
            expiry: Expiry::Never,
        },
        Change::Delete(index) | Change::Add(index, _) => Write::Delete {
            key: key_of(index)?,
        },
    })
}

fn value_of(number: i64) -> Bytes {
    Bytes::copy_from_slice(&encode_counter(number))
}

pub(super) fn cell_of(entry: &Entry) -> Result<Cell> {
    let number = decode_counter(&entry.value).ok_or_else(|| {
        Error::new(
            ErrorKind::Corrupt,
            "a value came back that nobody wrote; the store damages values",
        )
    })?;
    Ok(Cell {
        number,
        revision: entry.revision.to_bits(),
    })
}

pub(super) fn answer_of(outcome: &Outcome) -> Answer {
    match outcome {
        Outcome::Applied(effects) => Answer::Applied(
            effects
                .iter()
                .map(|effect| match *effect {
                    Seen::Put => Effect::Put,
                    Seen::Deleted(found) | Seen::Touched(found) => Effect::Deleted(found),
                    Seen::Added(sum) => Effect::Added(sum),
                })
                .collect(),
        ),
        Outcome::Conflict(conflict) => Answer::Conflict(
            conflict
                .failed
                .iter()
                .map(|failed| (failed.index, failed.current.map(Revision::to_bits)))
                .collect(),
        ),
    }
}
