use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use super::compare::{self, Verdict};
use super::operation::{Expected, Operation};
use super::reference::Reference;
use super::strategy::{SHORT, all_keys};
use super::views::OpenSnapshot;
use crate::backend::{
    Backend as _, Commit, Condition, Context, Expiry, Key, Mutation, Revision, Scope, Write,
    WriteBatch,
};
use crate::error::{Error, Result};
use crate::testing::{Fixture, Time};

/// A store and its reference, side by side.
pub(super) struct Driver<F> {
    pub(super) fixture: F,
    pub(super) reference: Reference,
    pub(super) snapshots: VecDeque<OpenSnapshot>,
    pub(super) time: Time,
    /// What the next write's revision is made of.
    revisions: u64,
}

impl<F: Fixture> Driver<F> {
    pub(super) fn new(fixture: F) -> Self {
        Self {
            time: fixture.time(),
            fixture,
            reference: Reference::default(),
            snapshots: VecDeque::new(),
            revisions: 0,
        }
    }

    pub(super) fn backend(&self) -> Arc<F::Backend> {
        Arc::clone(self.fixture.backend())
    }

    /// Runs one operation on both and judges the answer, then the whole state.
    pub(super) async fn step(&mut self, operation: &Operation) -> Verdict {
        match operation {
            Operation::Get(keys) => return self.get(keys).await,
            Operation::Commit {
                scope,
                conditions,
                mutations,
            } => self.commit(*scope, conditions, mutations).await?,
            Operation::Write(writes) => self.write(writes).await?,
            Operation::Range { .. } | Operation::Scan { .. } => self.read_pages(operation).await?,
            Operation::OpenSnapshot(namespace) => return self.open_snapshot(*namespace).await,
            Operation::ReadSnapshot(limit) => return self.read_snapshot(*limit).await,
            Operation::DropSnapshot => {
                self.snapshots.pop_back();
                return Ok(());
            }
            Operation::Elapse(millis) => {
                // A clock that runs by itself was moved already wherever something was to end.
                if self.time == Time::Manual {
                    self.elapse(*millis).await?;
                }
            }
            Operation::Sweep => self.sweep().await?,
            Operation::Restart => {
                // No other client may be alive.
                self.snapshots.clear();
                let restarted = self.fixture.restart().await;
                restarted.map_err(|error| format!("the restart failed: {error}"))?;
            }
        }
        self.get(&all_keys()).await
    }

    async fn get(&self, keys: &[Key]) -> Verdict {
        let entries = answered(
            self.backend()
                .get(&Context::new().with_lifetimes(), keys)
                .await,
        )?;
        if entries.len() != keys.len() {
            return Err(format!("{} keys got {} answers", keys.len(), entries.len()));
        }
        for (key, seen) in keys.iter().zip(&entries) {
            let expected = self.reference.get(key);
            compare::entry(
                key,
                seen.as_ref(),
                expected,
                self.reference.now(),
                self.time,
            )?;
        }
        Ok(())
    }

    fn next_revision(&mut self) -> Revision {
        self.revisions += 1;
        Revision::from_bits(self.revisions)
    }

    async fn commit(
        &mut self,
        scope: Scope,
        conditions: &[(Key, Expected)],
        mutations: &[Mutation],
    ) -> Verdict {
        let mut commit = Commit::new(self.next_revision(), scope);
        for (key, expected) in conditions {
            answered(commit.require(self.condition(key.clone(), *expected)))?;
        }
        for mutation in mutations {
            answered(commit.apply(mutation.clone()))?;
        }
        let expected = self.reference.commit(&commit);
        let seen = self.backend().commit(&Context::new(), commit).await;
        match (&seen, &expected) {
            (Ok(seen), Ok(expected)) if seen == expected => {}
            (Err(seen), Err(expected)) if seen.kind() == *expected => {}
            _ => {
                return Err(format!(
                    "the commit came to {seen:?}, and should to {expected:?}"
                ));
            }
        }
        self.let_end(mutations.iter().filter_map(|mutation| match mutation {
            Mutation::Put { expiry, .. }
            | Mutation::Touch { expiry, .. }
            | Mutation::Add { expiry, .. } => Some(*expiry),
            Mutation::Delete { .. } => None,
        }))
        .await
    }

    fn condition(&self, key: Key, expected: Expected) -> Condition {
        let never = Revision::from_bits(u64::MAX);
        match expected {
            Expected::Absent => Condition::Absent(key),
            Expected::Present => Condition::Present(key),
            Expected::CurrentRevision => {
                let current = self.reference.get(&key).map(|record| record.revision);
                Condition::Revision(key, current.unwrap_or(never))
            }
            Expected::EarlierRevision => {
                let earlier = self.reference.earlier_revision(&key);
                Condition::Revision(key, earlier.unwrap_or(never))
            }
        }
    }

    pub(super) async fn write(&mut self, writes: &[Write]) -> Verdict {
        let batch = WriteBatch {
            revision: self.next_revision(),
            writes: writes.to_vec(),
        };
        let deleted = self.reference.write(&batch);
        let written = answered(self.backend().write(&Context::new(), batch).await)?;
        if !deletes_what_it_puts(writes) && written.deleted != deleted {
            return Err(format!(
                "the batch counted {} deleted entries, and should {deleted}",
                written.deleted
            ));
        }
        self.let_end(writes.iter().filter_map(Write::expiry)).await
    }

    /// Where time runs by itself, waits until everything has ended that is about to.
    async fn let_end(&mut self, expiries: impl IntoIterator<Item = Expiry>) -> Verdict {
        let ends_soon =
            |expiry| matches!(expiry, Expiry::After(ttl) if ttl.as_millis() <= SHORT.cast_signed());
        if self.time == Time::Running && expiries.into_iter().any(ends_soon) {
            self.elapse(SHORT).await?;
        }
        Ok(())
    }

    async fn elapse(&mut self, millis: u64) -> Verdict {
        self.reference.elapse(millis.cast_signed());
        let elapsed = self.fixture.elapse(Duration::from_millis(millis)).await;
        elapsed.map_err(|error| format!("the clock failed: {error}"))
    }

    async fn sweep(&mut self) -> Verdict {
        let expired = self.reference.sweep();
        let swept = self.fixture.sweep().await;
        let swept = swept.map_err(|error| format!("the sweep failed: {error}"))?;
        if swept > expired {
            return Err(format!(
                "the sweep removed {swept} entries, and {expired} had expired"
            ));
        }
        Ok(())
    }
}

/// An answer, where none of the operation's errors is due.
pub(super) fn answered<T>(result: Result<T>) -> Verdict<T> {
    result.map_err(|error: Error| format!("it failed: {error:?}"))
}

/// Whether a delete stands in the batch beside a put of the same key: only the last of them need be
/// applied, so how many deletes find an entry is nobody's promise.
fn deletes_what_it_puts(writes: &[Write]) -> bool {
    writes.iter().any(|put| {
        matches!(put, Write::Put { .. })
            && writes
                .iter()
                .any(|other| matches!(other, Write::Delete { key } if key == put.key()))
    })
}
