//! The upper store, each call of which waits for the next step before and after.

use std::sync::Arc;

use typed_state::Result;
use typed_state::backend::{
    Backend, Capabilities, Commit, Condition, Context, Effect, Entry, Health, Key, Mutation,
    Outcome, Page, Range, Scan, Snapshot, WriteBatch, Written,
};

use super::stage::{Flaw, Stage, step};

#[derive(Debug)]
pub(crate) struct Upper(Arc<Stage>);

/// The kinds of slots, as the second byte tells them.
const COPIES: [u8; 2] = [1, 2];
const MARK: u8 = 3;

impl Upper {
    pub(crate) fn of(stage: &Arc<Stage>) -> Self {
        Self(Arc::clone(stage))
    }

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

fn unconditional(commit: Commit) -> Commit {
    let mut bare = Commit::new(commit.revision(), commit.scope());
    assert!(matches!(commit.conditions(), [Condition::Revision(..)]));
    for mutation in commit.into_mutations() {
        bare.apply(mutation).unwrap();
    }
    bare
}

impl Backend for Upper {
    fn capabilities(&self) -> Capabilities {
        self.0.upper.capabilities()
    }

    async fn get(&self, cx: &Context, keys: &[Key]) -> Result<Vec<Option<Entry>>> {
        step().await;
        let found = self.0.upper.get(cx, keys).await;
        step().await;
        found
    }

    async fn commit(&self, cx: &Context, commit: Commit) -> Result<Outcome> {
        step().await;
        let outcome = self.decide(cx, commit).await;
        step().await;
        outcome
    }

    async fn commit_many(&self, cx: &Context, commits: Vec<Commit>) -> Vec<Result<Outcome>> {
        let mut outcomes = Vec::new();
        for commit in commits {
            step().await;
            outcomes.push(self.decide(cx, commit).await);
        }
        step().await;
        outcomes
    }

    async fn write(&self, cx: &Context, batch: WriteBatch) -> Result<Written> {
        self.0.upper.write(cx, batch).await
    }

    async fn range(&self, cx: &Context, range: Range) -> Result<Page> {
        self.0.upper.range(cx, range).await
    }

    async fn scan(&self, cx: &Context, scan: Scan) -> Result<Page> {
        self.0.upper.scan(cx, scan).await
    }

    async fn snapshot(&self, cx: &Context, namespace: Option<String>) -> Result<Snapshot> {
        self.0.upper.snapshot(cx, namespace).await
    }

    async fn health(&self, cx: &Context) -> Result<Health> {
        self.0.upper.health(cx).await
    }
}
