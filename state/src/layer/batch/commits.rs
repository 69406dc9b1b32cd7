use super::entry::Entry;
use super::gatherer::{Group, Passenger};
use crate::backend::{Backend, Commit, Condition, Mutation, Outcome};
use crate::error::Result;

impl<B: Backend> Passenger<B> for Commit {
    type Answer = Result<Outcome>;

    fn bytes(&self) -> usize {
        let conditions = self.conditions().iter().map(Condition::key);
        let conditions: usize = conditions.map(|key| key.as_bytes().len()).sum();
        let mutations = self.mutations().iter().map(|mutation| match mutation {
            Mutation::Put { key, value, .. } => key.as_bytes().len() + value.len(),
            other => other.key().as_bytes().len(),
        });
        conditions + mutations.sum::<usize>()
    }

    async fn travel(backend: &B, group: Group<B, Self>) {
        let cx = group.context();
        let mut entries = group.entries;
        let mut commits = Vec::with_capacity(entries.len());
        commits.extend(entries.iter_mut().filter_map(Entry::send));
        let outcomes = match commits.pop() {
            Some(only) if commits.is_empty() => vec![backend.commit(&cx, only).await],
            last => {
                commits.extend(last);
                backend.commit_many(&cx, commits).await
            }
        };
        for (entry, outcome) in entries.into_iter().zip(outcomes) {
            entry.answer(outcome);
        }
    }
}
