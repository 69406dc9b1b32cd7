//! The entry that says whose a number is, and how often its lock was acquired.

use bytes::Bytes;

use super::super::Fence;
use crate::backend::{Backend, Commit, Condition, Context, Expiry, Key, Mutation, Outcome, Scope};
use crate::error::{Error, ErrorKind, Result};
use crate::store::Store;

/// No key type can have this namespace: theirs begin with a letter.
const NAMESPACE: &[u8] = b"~advisory\0";
/// The first byte of the entry.
const VERSION: u8 = 1;

/// Counts a grant. Who calls it holds the lock of the number.
///
/// # Errors
/// [`Unsupported`](ErrorKind::Unsupported) where the number is another key's.
pub(super) async fn count<B: Backend>(
    store: &Store<B>,
    cx: &Context,
    number: i64,
    owner: &Key,
) -> Result<Fence> {
    let bytes = [NAMESPACE, &number.to_be_bytes()].concat();
    let end = bytes.len();
    let key = Key::new(&bytes[..], end)?;
    loop {
        let keys = [key.clone()];
        let found = store.backend().get(cx, &keys).await?.pop().flatten();
        let (condition, last) = match &found {
            Some(entry) => (
                Condition::Revision(key.clone(), entry.revision),
                read(&entry.value, owner)?,
            ),
            None => (Condition::Absent(key.clone()), 0),
        };
        let fence = last.saturating_add(1);
        let mut commit = Commit::new(store.new_revision(), Scope::Partition);
        commit.require(condition)?;
        commit.apply(Mutation::Put {
            key: key.clone(),
            value: written(fence, owner),
            expiry: Expiry::Never,
        })?;
        match store.backend().commit(cx, commit).await {
            Ok(Outcome::Applied(_)) => return Ok(Fence::new(fence)),
            // One that lost the lock was still at it.
            Ok(Outcome::Conflict(_)) => cx.check()?,
            Err(error) if error.kind() == ErrorKind::OutcomeUnknown => {
                let wrong = "the grant could not be counted, so the lock was given up: try again";
                return Err(Error::new(ErrorKind::Unavailable, wrong).with_source(error));
            }
            Err(error) => return Err(error),
        }
    }
}

/// A version, the fence of the last grant, big-endian, and the bytes of the key.
fn written(fence: u64, owner: &Key) -> Bytes {
    [&[VERSION][..], &fence.to_be_bytes(), owner.as_bytes()]
        .concat()
        .into()
}

/// The fence of the last grant.
fn read(value: &[u8], owner: &Key) -> Result<u64> {
    let fields = value.strip_prefix(&[VERSION]);
    let fields = fields.and_then(|fields| fields.split_first_chunk::<8>());
    let (fence, key) = fields.ok_or_else(|| {
        let wrong = "the stored bytes are not those of an advisory lock";
        Error::new(ErrorKind::Corrupt, wrong)
    })?;
    if key != owner.as_bytes() {
        let wrong = format!(
            "the advisory lock of `{}` has the same number, so the two would exclude each other; nothing was locked: take \
             `Store::lock`, or another key",
            key.escape_ascii()
        );
        return Err(Error::new(ErrorKind::Unsupported, wrong));
    }
    Ok(u64::from_be_bytes(*fence))
}
