use std::collections::HashMap;

use super::Redis;
use super::commit::{outcome, told};
use super::layout::Place;
use super::link::{Call, Command, Effect as Sent, Target};
use super::puts::Puts;
use super::reply;
use crate::backend::{
    Commit, Context, Effect, Outcome, Revision, Scope, Write, WriteBatch, Written,
};
use crate::error::Result;

impl Redis {
    /// Sends what no index follows as native commands, and the rest as commits without conditions, one for each
    /// partition and batch.
    pub(super) async fn send_batch(&self, cx: &Context, batch: WriteBatch) -> Result<Written> {
        cx.check()?;
        batch.refuse_metadata()?;
        let mut written = Written::default();
        for writes in rounds(batch.writes) {
            written.deleted += self.send_round(cx, batch.revision, writes).await?;
        }
        Ok(written)
    }

    /// Sends writes of different keys, whose order does not matter.
    async fn send_round(
        &self,
        cx: &Context,
        revision: Revision,
        writes: Vec<Write>,
    ) -> Result<u64> {
        let mut calls = Vec::with_capacity(writes.len());
        let mut puts = Puts::default();
        let mut commits = Vec::new();
        let gathers = writes.len() > 1 && !cx.announce;
        let mut partitions: HashMap<Vec<u8>, Commit> = HashMap::new();
        for write in writes {
            let mutation = write.into_mutation()?;
            let place = Place::of(mutation.key().partition());
            if gathers && self.gather(&mut puts, &mutation, revision, place)? {
                if puts.is_full(self.batch_size) {
                    calls.extend(puts.take().map(|call| (call, None)));
                }
                continue;
            }
            if !cx.announce
                && let Some((command, effect)) = self.plain(&mutation, revision, place)?
            {
                let call = Call {
                    slot: place.slot(),
                    command: Command::Plain(command),
                    effect,
                    target: Target::Primary,
                };
                calls.push((call, None));
                continue;
            }
            let partition = mutation.key().partition().to_vec();
            let commit = partitions
                .entry(partition)
                .or_insert_with(|| Commit::new(revision, Scope::Partition));
            commit.apply(mutation)?;
            if commit.mutations().len() >= self.batch_size {
                let full = std::mem::replace(commit, Commit::new(revision, Scope::Partition));
                commits.push((place, full));
            }
        }
        calls.extend(puts.take().map(|call| (call, None)));
        for (partition, commit) in partitions {
            commits.push((Place::of(&partition), commit));
        }
        for (place, commit) in commits {
            if commit.mutations().is_empty() {
                continue;
            }
            let script = self.script_of(cx, place, &commit)?;
            let call = Call {
                slot: place.slot(),
                command: script.command,
                effect: Sent::Write,
                target: Target::Primary,
            };
            calls.push((call, Some((commit, script.keys))));
        }
        let (calls, kinds): (Vec<_>, Vec<_>) = calls.into_iter().unzip();
        let mut deleted = 0;
        for (answer, scripted) in self.link.call_many(cx, calls).await.into_iter().zip(kinds) {
            deleted += match (answer, scripted) {
                (Ok(::redis::Value::Okay), None) => 0,
                (Ok(answer), None) => reply::integer(&answer)?.unsigned_abs(),
                (Ok(answer), Some((commit, _))) => deletions(&outcome(answer, &commit)?),
                (Err(failure), None) => return Err(failure.into_error(Sent::Write)),
                (Err(failure), Some((_, keys))) => return Err(told(failure, &keys)),
            };
        }
        Ok(deleted)
    }
}

/// The writes in rounds that each have a key once: the first write of every key, then the second, and so on.
fn rounds(writes: Vec<Write>) -> Vec<Vec<Write>> {
    let mut turns: HashMap<&[u8], usize> = HashMap::with_capacity(writes.len());
    let turns: Vec<usize> = writes
        .iter()
        .map(|write| {
            let turn = turns.entry(write.key().as_bytes()).or_default();
            *turn += 1;
            *turn
        })
        .collect();
    if turns.iter().all(|turn| *turn == 1) {
        return vec![writes];
    }
    let mut rounds: Vec<Vec<Write>> = Vec::new();
    for (write, turn) in writes.into_iter().zip(turns) {
        match rounds.get_mut(turn - 1) {
            Some(round) => round.push(write),
            None => rounds.push(vec![write]),
        }
    }
    rounds
}

fn deletions(outcome: &Outcome) -> u64 {
    let Outcome::Applied(effects) = outcome else {
        return 0;
    };
    let deleted = effects
        .iter()
        .filter(|effect| matches!(effect, Effect::Deleted(true)));
    deleted.count() as u64
}
