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
        let mut commits = Vec::with_capacity(group.entries.len());
        let mut callers = Vec::with_capacity(group.entries.len());
        for mut entry in group.entries {
            if let Some(commit) = entry.send() {
                callers.push(entry);
                commits.push(commit);
            }
        }
        let outcomes = match commits.pop() {
            Some(only) if commits.is_empty() => vec![backend.commit(&cx, only).await],
            last => {
                commits.extend(last);
                backend.commit_many(&cx, commits).await
            }
        };
        for (entry, outcome) in callers.into_iter().zip(outcomes) {
            entry.answer(outcome);
        }
    }
}
