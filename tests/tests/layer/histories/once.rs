use typed_state::backend::{
    Backend, Commit, Context, Effect, Expiry, Key, Mutation, Notify, Outcome, Scope, WriteBatch,
    Written,
};
use typed_state::{Error, ErrorKind, Result};
use typed_state_tests::forward;

use super::Whole;

const MARKER: &[u8] = b"marker\0";

/// All layers, asked for what retries promise: that a commit applies once.
///
/// A lone put or delete they send again as it is, over what somebody wrote in between; so here a marker is put with each,
/// which makes of it a commit like others. And of a commit that an earlier attempt has applied they tell what it found from
/// what stands there later; that is left out.
#[derive(Debug)]
pub(crate) struct Once<B: Backend>(pub(crate) Whole<B>);

/// The marker beside a key, in its partition.
fn marker(key: &Key) -> Result<Key> {
    let bytes = [MARKER, key.partition()].concat();
    Key::new(&bytes[..], bytes.len())
}

impl<B: Notify> Once<B> {
    /// How many commits of all clients an earlier attempt had applied.
    fn settled(&self) -> u64 {
        let batch = self.0.inner().inner().inner().inner();
        batch.inner().retries().settled
    }

    async fn marked(&self, cx: &Context, mut commit: Commit) -> Result<Outcome> {
        let count = commit.mutations().len();
        if let ([only], []) = (commit.mutations(), commit.conditions()) {
            let key = marker(only.key())?;
            let (value, expiry) = ("".into(), Expiry::Never);
            commit.apply(Mutation::Put { key, value, expiry })?;
        }
        let mut changes = commit.mutations().iter();
        let finds = !changes.all(|change| matches!(change, Mutation::Put { .. }));
        let before = self.settled();
        let outcome = self.0.commit(cx, commit).await?;
        if finds && self.settled() != before {
            let settled = "it may have been applied before, and what it found then is not known";
            return Err(Error::new(ErrorKind::OutcomeUnknown, settled));
        }
        Ok(match outcome {
            Outcome::Applied(mut effects) => {
                effects.truncate(count);
                Outcome::Applied(effects)
            }
            conflict @ Outcome::Conflict(_) => conflict,
        })
    }
}

impl<B: Notify> Backend for Once<B> {
    async fn commit(&self, cx: &Context, commit: Commit) -> Result<Outcome> {
        self.marked(cx, commit).await
    }

    async fn commit_many(&self, cx: &Context, commits: Vec<Commit>) -> Vec<Result<Outcome>> {
        let mut outcomes = Vec::with_capacity(commits.len());
        for commit in commits {
            outcomes.push(self.marked(cx, commit).await);
        }
        outcomes
    }

    async fn write(&self, cx: &Context, batch: WriteBatch) -> Result<Written> {
        let mut written = Written::default();
        for write in batch.writes {
            let mut commit = Commit::new(batch.revision, Scope::Partition);
            commit.apply(write.into_mutation()?)?;
            if let Outcome::Applied(effects) = self.marked(cx, commit).await? {
                written.deleted += u64::from(effects.contains(&Effect::Deleted(true)));
            }
        }
        Ok(written)
    }

    forward!(0: capabilities get range scan snapshot health);
}
