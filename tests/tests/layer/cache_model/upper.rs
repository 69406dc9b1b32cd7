//! The upper store, each call of which waits for the next step before and after.

use std::sync::Arc;

use typed_state::Result;
use typed_state::backend::{
    Backend, Commit, Condition, Context, Effect, Entry, Key, Mutation, Outcome,
};
use typed_state_tests::forward;

use super::stage::{Flaw, Stage};
use super::steps::{Decide, in_steps, stepped};

#[derive(Debug)]
pub(crate) struct Upper(Arc<Stage>);

/// The kinds of slots, as the second byte tells them.
const COPIES: [u8; 2] = [1, 2];
const MARK: u8 = 3;

impl Upper {
    pub(crate) fn of(stage: &Arc<Stage>) -> Self {
        Self(Arc::clone(stage))
    }
}

fn unconditional(commit: Commit) -> Commit {
    let mut bare = Commit::new(commit.revision(), commit.scope());
    assert!(matches!(commit.conditions(), [Condition::Revision(..)]));
    for mutation in commit.into_mutations() {
        bare.apply(mutation).unwrap();
    }
    bare
}

impl Decide for Upper {
    async fn decide(&self, cx: &Context, commit: Commit) -> Result<Outcome> {
        let kind = commit
            .mutations()
            .iter()
            .find_map(|mutation| match mutation {
                Mutation::Put { value, .. } => value.get(1).copied(),
                _ => None,
            });
        let is_copy = kind.is_some_and(|kind| COPIES.contains(&kind));
        match self.0.flaw {
            Some(Flaw::MarksAreNotPut) if kind == Some(MARK) => {
                Ok(Outcome::Applied([Effect::Put].into_iter().collect()))
            }
            Some(Flaw::LeasesAreNotRequired) if is_copy => {
                self.0.upper.commit(cx, unconditional(commit)).await
            }
            _ => self.0.upper.commit(cx, commit).await,
        }
    }
}

impl Backend for Upper {
    async fn get(&self, cx: &Context, keys: &[Key]) -> Result<Vec<Option<Entry>>> {
        stepped(self.0.upper.get(cx, keys)).await
    }

    async fn commit(&self, cx: &Context, commit: Commit) -> Result<Outcome> {
        stepped(self.decide(cx, commit)).await
    }

    async fn commit_many(&self, cx: &Context, commits: Vec<Commit>) -> Vec<Result<Outcome>> {
        in_steps(self, cx, commits).await
    }

    forward!(0.upper: capabilities write range scan snapshot health);
}
