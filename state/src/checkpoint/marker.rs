//! The entry that says that a restore is under way, from before its first write until after its last.

use bytes::Bytes;

use super::id::CheckpointId;
use super::left_out::MARKER;
use crate::backend::{
    Backend, Commit, Condition, Conflict, Expiry, Key, Mutation, Outcome, Revision, Scope,
};
use crate::error::{Error, ErrorKind, Result};
use crate::store::Store;

/// The first byte of the entry.
const VERSION: u8 = 1;

/// A restore that is under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Marker {
    pub(super) id: CheckpointId,
    /// The revision of all that it writes.
    pub(super) revision: Revision,
    /// Whether there was something that it replaces.
    pub(super) replaces: bool,
}

/// What stands in the marker's place.
#[derive(Debug)]
pub(super) struct Found {
    /// `None` where it cannot be read.
    pub(super) marker: Option<Marker>,
    at: Revision,
}

/// The partition is the namespace's name, too.
pub(super) fn key() -> Result<Key> {
    let bytes = [MARKER, &[0], MARKER].concat();
    Key::new(&bytes[..], bytes.len())
}

impl Marker {
    /// A version, the revision, whether it replaces, the name of the checkpoint.
    fn encode(&self) -> Bytes {
        let revision = self.revision.to_bits().to_be_bytes();
        let replaces = u8::from(self.replaces);
        [
            &[VERSION],
            &revision[..],
            &[replaces],
            self.id.as_str().as_bytes(),
        ]
        .concat()
        .into()
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let (revision, rest) = bytes.strip_prefix(&[VERSION])?.split_first_chunk()?;
        let (replaces @ (0 | 1), id) = rest.split_first()? else {
            return None;
        };
        Some(Self {
            id: std::str::from_utf8(id).ok()?.parse().ok()?,
            revision: Revision::from_bits(u64::from_be_bytes(*revision)),
            replaces: *replaces == 1,
        })
    }

    /// Puts it where there is none, or where still stands what was found.
    pub(super) async fn put<B: Backend>(
        &self,
        store: &Store<B>,
        over: Option<&Found>,
    ) -> Result<()> {
        let key = key()?;
        let condition = match over {
            None => Condition::Absent(key.clone()),
            Some(found) => Condition::Revision(key.clone(), found.at),
        };
        let put = Mutation::Put {
            key,
            value: self.encode(),
            expiry: Expiry::Never,
        };
        match change(store, condition, put).await? {
            None => Ok(()),
            Some(conflict) => Err(Error::from_conflict(conflict)),
        }
    }
}

/// Takes away what stands there; it may be gone already.
pub(super) async fn remove<B: Backend>(store: &Store<B>) -> Result<()> {
    let Some(found) = find(store).await? else {
        return Ok(());
    };
    let key = key()?;
    let condition = Condition::Revision(key.clone(), found.at);
    match change(store, condition, Mutation::Delete { key }).await? {
        Some(conflict)
            if conflict
                .failed
                .iter()
                .any(|failed| failed.current.is_some()) =>
        {
            Err(Error::from_conflict(conflict))
        }
        _ => Ok(()),
    }
}

async fn change<B: Backend>(
    store: &Store<B>,
    condition: Condition,
    mutation: Mutation,
) -> Result<Option<Conflict>> {
    let mut commit = Commit::new(store.new_revision(), Scope::Partition);
    commit.require(condition)?;
    commit.apply(mutation)?;
    match store
        .backend()
        .commit(&store.context("restore"), commit)
        .await?
    {
        Outcome::Applied(_) => Ok(None),
        Outcome::Conflict(conflict) => Ok(Some(conflict)),
    }
}

/// What stands there now.
pub(super) async fn find<B: Backend>(store: &Store<B>) -> Result<Option<Found>> {
    let cx = store.context("restore");
    let found = store.backend().get(&cx, &[key()?]).await?;
    Ok(found.into_iter().flatten().next().map(|entry| Found {
        marker: Marker::decode(&entry.value),
        at: entry.revision,
    }))
}

/// Refuses a store whose restore is not finished.
pub(super) async fn refuse<B: Backend>(store: &Store<B>) -> Result<()> {
    match find(store).await? {
        None => Ok(()),
        Some(_) => Err(unfinished()),
    }
}

pub(super) fn unfinished() -> Error {
    Error::new(
        ErrorKind::Conflict,
        "a restore of this store is not finished, so no checkpoint was taken; finish it by calling `restore` again",
    )
}
