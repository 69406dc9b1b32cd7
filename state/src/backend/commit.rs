use std::fmt;

use bytes::Bytes;
use smallvec::SmallVec;

use super::{Expiry, Key, Revision};
use crate::error::{Error, ErrorKind, Result};

/// What must hold for a commit to apply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// There is no live entry.
    Absent(Key),
    /// There is a live entry.
    Present(Key),
    /// There is a live entry of this revision.
    Revision(Key, Revision),
}

impl Condition {
    /// The key it speaks of.
    pub const fn key(&self) -> &Key {
        match self {
            Self::Absent(key) | Self::Present(key) | Self::Revision(key, _) => key,
        }
    }

    /// Whether it holds for an entry of this revision, or for none.
    pub fn holds(&self, current: Option<Revision>) -> bool {
        match self {
            Self::Absent(_) => current.is_none(),
            Self::Present(_) => current.is_some(),
            Self::Revision(_, revision) => current == Some(*revision),
        }
    }
}

/// One change of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mutation {
    /// Writes the entry; it gets the commit's revision.
    Put {
        /// The key.
        key: Key,
        /// The value's bytes.
        value: Bytes,
        /// When it expires.
        expiry: Expiry,
    },
    /// Removes the entry, if there is one.
    Delete {
        /// The key.
        key: Key,
    },
    /// Changes the expiry of a live entry and keeps its revision; does nothing where there is none.
    Touch {
        /// The key.
        key: Key,
        /// When it expires; [`Expiry::Keep`] changes nothing.
        expiry: Expiry,
    },
    /// Adds to a counter, exactly, over all of `i64`; an absent one counts as zero and is created. It gets
    /// the commit's revision. Past the range the whole commit fails with
    /// [`Overflow`](crate::ErrorKind::Overflow); on an entry that is no counter, with
    /// [`Corrupt`](crate::ErrorKind::Corrupt).
    Add {
        /// The key.
        key: Key,
        /// What to add; may be negative.
        delta: i64,
        /// When it expires, used only where this creates it.
        expiry: Expiry,
    },
}

impl Mutation {
    /// The key it changes.
    pub const fn key(&self) -> &Key {
        match self {
            Self::Put { key, .. }
            | Self::Delete { key }
            | Self::Touch { key, .. }
            | Self::Add { key, .. } => key,
        }
    }
}

/// How far a commit reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// The one partition that all its keys share: every backend.
    Partition,
    /// The whole store: only where the backend is [`Transactional`](super::Transactional).
    Store,
}

/// Conditions and mutations: all conditions are checked first, then all mutations apply in order, or none does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    revision: Revision,
    scope: Scope,
    conditions: SmallVec<[Condition; 1]>,
    mutations: SmallVec<[Mutation; 1]>,
}

impl Commit {
    /// An empty commit whose writes get `revision`.
    pub fn new(revision: Revision, scope: Scope) -> Self {
        Self {
            revision,
            scope,
            conditions: SmallVec::new(),
            mutations: SmallVec::new(),
        }
    }

    /// Adds a condition.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] where its key lies in another partition than those before.
    pub fn require(&mut self, condition: Condition) -> Result<&mut Self> {
        self.admit(condition.key())?;
        self.conditions.push(condition);
        Ok(self)
    }

    /// Adds a mutation.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] where its key lies in another partition than those before.
    pub fn apply(&mut self, mutation: Mutation) -> Result<&mut Self> {
        self.admit(mutation.key())?;
        self.mutations.push(mutation);
        Ok(self)
    }

    fn admit(&self, key: &Key) -> Result<()> {
        match self.first_key() {
            Some(first) if self.scope == Scope::Partition && first.partition() != key.partition() => Err(Error::new(
                ErrorKind::InvalidInput,
                format!(
                    "`{key}` lies in another partition than `{first}`, and a commit is atomic within one; mark the \
                     fields that both share `#[state(partition)]`, or use `transaction_across` where the backend has it"
                ),
            )
            .at_key(key)),
            _ => Ok(()),
        }
    }

    fn first_key(&self) -> Option<&Key> {
        self.conditions
            .first()
            .map(Condition::key)
            .or_else(|| self.mutations.first().map(Mutation::key))
    }

    /// The revision that its writes get.
    pub const fn revision(&self) -> Revision {
        self.revision
    }

    /// How far it reaches.
    pub const fn scope(&self) -> Scope {
        self.scope
    }

    /// What must hold.
    pub fn conditions(&self) -> &[Condition] {
        &self.conditions
    }

    /// What to change, in order.
    pub fn mutations(&self) -> &[Mutation] {
        &self.mutations
    }

    /// The mutations, taken out.
    pub fn into_mutations(self) -> impl ExactSizeIterator<Item = Mutation> + Send {
        self.mutations.into_iter()
    }

    /// The partition of its keys; `None` where it is empty or reaches over the store.
    pub fn partition(&self) -> Option<&[u8]> {
        match self.scope {
            Scope::Partition => self.first_key().map(Key::partition),
            Scope::Store => None,
        }
    }
}

/// What a mutation did, in the order of the mutations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// The entry was put.
    Put,
    /// Whether there was an entry to delete.
    Deleted(bool),
    /// Whether there was an entry to touch.
    Touched(bool),
    /// The counter's value after the addition.
    Added(i64),
}

/// What became of a commit that the store decided.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a commit that conflicts has changed nothing"]
pub enum Outcome {
    /// All of it: one effect a mutation.
    Applied(SmallVec<[Effect; 1]>),
    /// Nothing of it.
    Conflict(Conflict),
}

/// The conditions that did not hold; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// Each with what stands there now.
    pub failed: Vec<FailedCondition>,
}

/// A condition that did not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedCondition {
    /// Which of the commit's conditions, counted from zero.
    pub index: usize,
    /// Its key.
    pub key: Key,
    /// The revision that stands there now; `None` where there is no entry.
    pub current: Option<Revision>,
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, failed) in self.failed.iter().enumerate() {
            if position > 0 {
                f.write_str("; ")?;
            }
            match failed.current {
                Some(revision) => write!(
                    f,
                    "condition {} on `{}`: it is at revision {revision}",
                    failed.index, failed.key
                )?,
                None => write!(
                    f,
                    "condition {} on `{}`: there is no entry",
                    failed.index, failed.key
                )?,
            }
        }
        f.write_str("; nothing was applied")
    }
}
