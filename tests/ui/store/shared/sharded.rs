//! A backend that is neither `TotalOrder` nor `Transactional`.

use typed_state::Result;
use typed_state::backend::{
    Backend, Capabilities, Commit, Context, Entry, Health, Key, Outcome, Page, Range, Scan,
    Snapshot, WriteBatch, Written,
};
use typed_state::backends::Memory;

#[derive(Debug)]
pub struct Sharded(Memory);

impl Backend for Sharded {
    fn capabilities(&self) -> Capabilities {
        self.0.capabilities()
    }

    async fn get(&self, cx: &Context, keys: &[Key]) -> Result<Vec<Option<Entry>>> {
        self.0.get(cx, keys).await
    }

    async fn commit(&self, cx: &Context, commit: Commit) -> Result<Outcome> {
        self.0.commit(cx, commit).await
    }

    async fn commit_many(&self, cx: &Context, commits: Vec<Commit>) -> Vec<Result<Outcome>> {
        let mut outcomes = Vec::with_capacity(commits.len());
        for commit in commits {
            outcomes.push(self.commit(cx, commit).await);
        }
        outcomes
    }

    async fn write(&self, cx: &Context, batch: WriteBatch) -> Result<Written> {
        self.0.write(cx, batch).await
    }

    async fn range(&self, cx: &Context, range: Range) -> Result<Page> {
        self.0.range(cx, range).await
    }

    async fn scan(&self, cx: &Context, scan: Scan) -> Result<Page> {
        self.0.scan(cx, scan).await
    }

    async fn snapshot(&self, cx: &Context, namespace: Option<String>) -> Result<Snapshot> {
        self.0.snapshot(cx, namespace).await
    }

    async fn health(&self, cx: &Context) -> Result<Health> {
        self.0.health(cx).await
    }
}
