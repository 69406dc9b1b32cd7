//! That one restore of a store goes on at a time: an entry that expires, put again while there is work.

use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;

use crate::backend::{
    Backend, Commit, Condition, Expiry, Key, Mutation, Outcome, Revision, Scope, Ttl,
};
use crate::error::{Error, ErrorKind, Result};
use crate::store::Store;

/// How long it lasts when nobody renews it: so long the next waits where a restore died.
const LASTS: Duration = Duration::from_secs(15);
/// How old it may be when something is written; as much again and more is left for that write.
const RENEWED_AFTER: Duration = Duration::from_secs(5);
/// How often one that somebody else has is looked at.
const POLL: Duration = Duration::from_millis(50);

/// The right to write to a store that is restored.
#[derive(Debug)]
pub(super) struct Lease<'s, B> {
    store: &'s Store<B>,
    key: Key,
    revision: Revision,
    /// It lasts from here at the least.
    since: Instant,
}

impl<'s, B: Backend> Lease<'s, B> {
    /// Takes it, once another's has expired or was given back.
    ///
    /// # Errors
    /// [`ErrorKind::Conflict`] where another restore lives.
    pub(super) async fn take(store: &'s Store<B>) -> Result<Self> {
        let bytes = b"~hold\0~restore";
        let key = Key::new(&bytes[..], bytes.len())?;
        let asked = Instant::now();
        loop {
            let absent = Condition::Absent(key.clone());
            if let Some(taken) = Self::put(store, key.clone(), absent).await? {
                return Ok(taken);
            }
            if asked.elapsed() > LASTS + RENEWED_AFTER {
                return Err(Error::new(
                    ErrorKind::Conflict,
                    "another restore of this store goes on; nothing was changed: wait for its end",
                ));
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Renews it where it is time to; to be called before whatever is written.
    ///
    /// # Errors
    /// [`ErrorKind::Conflict`] where it has expired, so that another restore may go on.
    pub(super) async fn keep(&mut self) -> Result<()> {
        if self.since.elapsed() < RENEWED_AFTER {
            return Ok(());
        }
        let own = Condition::Revision(self.key.clone(), self.revision);
        let renewed = Self::put(self.store, self.key.clone(), own).await?;
        *self = renewed.ok_or_else(|| {
            Error::new(
                ErrorKind::Conflict,
                "this restore stood still for so long that another may go on, so it ended; call `restore` again",
            )
        })?;
        Ok(())
    }

    /// Gives it back; where that fails it expires.
    pub(super) async fn end(self) {
        let own = Condition::Revision(self.key.clone(), self.revision);
        let delete = Mutation::Delete { key: self.key };
        let _ = change(self.store, self.store.new_revision(), own, delete).await;
    }

    /// The lease that lasts from now on; `None` where the condition does not hold.
    async fn put(store: &'s Store<B>, key: Key, condition: Condition) -> Result<Option<Self>> {
        let (since, revision) = (Instant::now(), store.new_revision());
        let put = Mutation::Put {
            key: key.clone(),
            value: Bytes::new(),
            expiry: Expiry::After(Ttl::new(LASTS)?),
        };
        let is_put = change(store, revision, condition, put).await?;
        Ok(is_put.then_some(Self {
            store,
            key,
            revision,
            since,
        }))
    }
}

async fn change<B: Backend>(
    store: &Store<B>,
    revision: Revision,
    condition: Condition,
    mutation: Mutation,
) -> Result<bool> {
    let mut commit = Commit::new(revision, Scope::Partition);
    commit.require(condition)?;
    commit.apply(mutation)?;
    let cx = store.context("restore");
    let outcome = store.backend().commit(&cx, commit).await?;
    Ok(matches!(outcome, Outcome::Applied(_)))
}
