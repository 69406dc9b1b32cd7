use std::num::NonZeroUsize;

use crate::backend::{Direction, Key, KeyBytes, Mutation, Projection, Scope, Write};

/// One step of a history.
#[derive(Debug, Clone)]
pub(super) enum Operation {
    Get(Vec<Key>),
    Commit {
        scope: Scope,
        conditions: Vec<(Key, Expected)>,
        mutations: Vec<Mutation>,
    },
    Write(Vec<Write>),
    /// All pages of a range, with writes between the first page and the second.
    Range {
        bounds: Bounds,
        direction: Direction,
        projection: Projection,
        limit: NonZeroUsize,
        between: Vec<Write>,
    },
    /// All pages of a namespace, with writes between the first page and the second.
    Scan {
        namespace: &'static str,
        projection: Projection,
        limit: NonZeroUsize,
        between: Vec<Write>,
    },
    /// Opens one more snapshot.
    OpenSnapshot(Option<&'static str>),
    /// Reads the oldest open snapshot to its end, and drops it.
    ReadSnapshot(NonZeroUsize),
    /// Drops the newest open snapshot.
    DropSnapshot,
    /// Lets so many milliseconds pass.
    Elapse(u64),
    Sweep,
    Restart,
}

/// What a condition asks for; revisions are drawn when the history runs.
#[derive(Debug, Clone, Copy)]
pub(super) enum Expected {
    Absent,
    Present,
    /// The revision that stands there.
    CurrentRevision,
    /// One that stood there before, or never did.
    EarlierRevision,
}

/// The keys from `start` to before `end`.
#[derive(Debug, Clone)]
pub(super) struct Bounds {
    pub(super) start: KeyBytes,
    pub(super) end: KeyBytes,
    pub(super) partition_end: Option<usize>,
}
