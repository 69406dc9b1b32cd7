use bytes::Bytes;

use super::attempt::{earlier, now};
use super::config::RetryLayer;
use crate::backend::{
    Commit, Condition, Context, Deadline, Expiry, Key, Mutation, Revision, Scope,
};
use crate::error::Result;

/// A namespace that no key type can have: theirs begin with a letter.
pub(super) const NAMESPACE: &[u8] = b"~receipt";

/// An entry that tells that a commit was applied: its revision is the commit's.
#[derive(Debug, Clone)]
pub(super) struct Receipt {
    pub(super) key: Key,
    /// Which of the commit's conditions requires it to be absent.
    pub(super) index: usize,
}

impl Receipt {
    /// Puts a receipt on a commit that has mutations; `None`, and the commit as it was, where its partition leaves a key no room.
    pub(super) fn put_on(commit: &mut Commit, options: &RetryLayer) -> Option<Self> {
        let partition = commit.mutations().first()?.key().partition();
        let mut bytes = [NAMESPACE, &[0], partition].concat();
        let end = bytes.len();
        for _ in 0..2 {
            bytes.extend(options.entropy.next_u64().to_be_bytes());
        }
        let key = Key::new(&bytes[..], end).ok()?;
        let index = commit.conditions().len();
        add(commit, &key, options).ok()?;
        Some(Self { key, index })
    }

    /// A commit that takes the receipt's place, so that no attempt can apply any more.
    ///
    /// # Errors
    /// None that a key could have which stood in a commit before.
    pub(super) fn void(&self, scope: Scope, options: &RetryLayer) -> Result<Commit> {
        let revision = Revision::from_bits(options.entropy.next_u64());
        let mut commit = Commit::new(revision, scope);
        add(&mut commit, &self.key, options)?;
        Ok(commit)
    }
}

fn add(commit: &mut Commit, key: &Key, options: &RetryLayer) -> Result<()> {
    commit.require(Condition::Absent(key.clone()))?;
    commit.apply(Mutation::Put {
        key: key.clone(),
        value: Bytes::new(),
        expiry: Expiry::After(options.receipt_ttl),
    })?;
    Ok(())
}

/// The same context with a deadline within the life of receipts that are written from now on.
pub(super) fn outlived(cx: &Context, options: &RetryLayer) -> Context {
    let mut cx = *cx;
    let half = options.receipt_ttl.as_duration() / 2;
    let end = now().checked_add(half).map(Deadline::at);
    cx.deadline = earlier(cx.deadline, end);
    cx
}
