use tokio::time::Instant;

use super::options::Options;
use super::slot::Slot;
use crate::backend::{
    Backend, Commit, Condition, Context, Deadline, Expiry, Key, Mutation, Outcome, Reads, Revision,
    Scope, Ttl,
};
use crate::error::Result;
use crate::layer::{Layer as _, Timeout, TimeoutLayer};

/// A namespace that no key type can have: theirs begin with a letter.
const NAMESPACE: &[u8] = b"~tier";

/// The upper store, as a tier uses it: slots under places, each changed only as it was last seen.
#[derive(Debug)]
pub(super) struct Upper<U> {
    backend: Timeout<U>,
    pub(super) options: Options,
}

/// What stands under a place.
pub(super) struct Standing {
    /// `None` where nothing does.
    pub(super) revision: Option<Revision>,
    /// `None` where it cannot be read.
    pub(super) slot: Option<Slot>,
    /// How long it has left, where that was asked for.
    pub(super) left: Option<Ttl>,
}

/// Where a key's slot lies: under the whole key in a namespace apart, each a partition of its own. `None` where that is too
/// long for a key: such keys have no copies.
pub(super) fn place_of(key: &Key) -> Option<Key> {
    let bytes = [NAMESPACE, &[0], key.as_bytes()].concat();
    let end = bytes.len();
    Key::new(&bytes[..], end).ok()
}

impl<U: Backend> Upper<U> {
    pub(super) fn new(upper: U, options: Options) -> Self {
        Self {
            backend: TimeoutLayer::new(options.patience).over(upper),
            options,
        }
    }

    pub(super) const fn backend(&self) -> &U {
        self.backend.inner()
    }

    /// What stands there now, one a place.
    pub(super) async fn look(&self, cx: &Context, places: &[Key]) -> Result<Vec<Standing>> {
        let found = self.backend.get(cx, places).await?;
        let standing = found.into_iter().map(|entry| match entry {
            None => Standing {
                revision: None,
                slot: None,
                left: None,
            },
            Some(entry) => Standing {
                revision: Some(entry.revision),
                slot: Slot::decode(entry.value),
                left: entry.ttl,
            },
        });
        Ok(standing.collect())
    }

    /// Puts a slot where still stands what was seen.
    pub(super) fn put(
        &self,
        place: &Key,
        seen: Option<Revision>,
        slot: &Slot,
        ttl: Ttl,
    ) -> Result<Commit> {
        self.change(
            seen_there(place, seen),
            Mutation::Put {
                key: place.clone(),
                value: slot.encode(),
                expiry: Expiry::After(ttl),
            },
        )
    }

    /// Removes what still stands there.
    pub(super) fn remove(&self, place: &Key, seen: Revision) -> Result<Commit> {
        self.change(
            seen_there(place, Some(seen)),
            Mutation::Delete { key: place.clone() },
        )
    }

    fn change(&self, condition: Condition, mutation: Mutation) -> Result<Commit> {
        let revision = Revision::from_bits(self.options.entropy.next_u64());
        let mut commit = Commit::new(revision, Scope::Partition);
        commit.require(condition)?;
        commit.apply(mutation)?;
        Ok(commit)
    }

    /// What becomes of these changes, one answer each.
    pub(super) async fn decide(&self, cx: &Context, changes: Vec<Commit>) -> Vec<Result<Outcome>> {
        let one = match changes.len() {
            0 => return Vec::new(),
            1 => changes.into_iter().next(),
            _ => return self.backend.commit_many(cx, changes).await,
        };
        match one {
            Some(change) => vec![self.backend.commit(cx, change).await],
            None => Vec::new(),
        }
    }

    /// The context of what the upper store is asked on account of a request.
    pub(super) fn context(&self, cx: &Context) -> Context {
        let patience = Instant::now().checked_add(self.options.patience);
        let patience = patience.map(|until| Deadline::at(until.into_std()));
        Context {
            deadline: match (cx.deadline, patience) {
                (Some(deadline), Some(patience)) => Some(deadline.min(patience)),
                (deadline, patience) => deadline.or(patience),
            },
            reads: Reads::Primary,
            announce: false,
            ..*cx
        }
    }
}

fn seen_there(place: &Key, seen: Option<Revision>) -> Condition {
    match seen {
        None => Condition::Absent(place.clone()),
        Some(revision) => Condition::Revision(place.clone(), revision),
    }
}
