use std::collections::HashMap;

use smallvec::SmallVec;

use super::attempt::{Again, Attempts};
use super::backend::Retry;
use super::pledge::{Pledge, unsettled};
use crate::backend::{
    Backend, Condition, Context, Effect, Entry, Key, Mutation, Outcome, Reads, decode_counter,
};
use crate::error::Result;

impl<B: Backend> Retry<B> {
    /// What a commit did that an earlier attempt applied.
    ///
    /// # Errors
    /// `OutcomeUnknown` where that cannot be confirmed, and where the counters that it added to cannot be read.
    pub(super) async fn rebuild(
        &self,
        attempts: &mut Attempts<'_>,
        pledge: &Pledge,
    ) -> Result<Outcome> {
        self.confirm(attempts, pledge).await?;
        self.policy.counts.settled();
        let mutations = pledge.commit.mutations().iter().take(pledge.mutations);
        let mut counters: Vec<Key> = Vec::new();
        for mutation in mutations.clone() {
            if let Mutation::Add { key, .. } = mutation
                && !counters.contains(key)
            {
                counters.push(key.clone());
            }
        }
        let entries = self.read_counters(attempts, &counters).await?;
        let mut standing: HashMap<&Key, i64> = counters
            .iter()
            .zip(entries)
            .filter_map(|(key, entry)| Some((key, decode_counter(&entry?.value)?)))
            .collect();
        // From the last to the first, since what stands there is what the last addition came to.
        let mut effects: SmallVec<[Effect; 1]> = mutations
            .rev()
            .map(|mutation| match mutation {
                Mutation::Put { .. } => Effect::Put,
                Mutation::Delete { key } => Effect::Deleted(was_there(pledge, key)),
                Mutation::Touch { key, .. } => Effect::Touched(was_there(pledge, key)),
                Mutation::Add { key, delta, .. } => {
                    // Where nothing stands any more, it is told as what would have begun with this.
                    let sum = standing.entry(key).or_insert(*delta);
                    let after = *sum;
                    *sum = sum.wrapping_sub(*delta);
                    Effect::Added(after)
                }
            })
            .collect();
        effects.reverse();
        Ok(Outcome::Applied(effects))
    }

    /// Has the store acknowledge what it shows. It may show what it could still lose: a primary, what the replicas have not got
    /// that a commit waits for. What it acknowledges is as safe as any commit, and so is what came before.
    async fn confirm(&self, attempts: &mut Attempts<'_>, pledge: &Pledge) -> Result<()> {
        let Some(confirmation) = pledge.confirmation()? else {
            return Ok(());
        };
        match self.commit_again(attempts, &confirmation).await {
            Ok(Outcome::Applied(_)) => Ok(()),
            Ok(Outcome::Conflict(_)) => Err(unsettled(
                "it was applied, and is gone or was written over before the store had acknowledged it",
            )),
            Err(error) => Err(
                unsettled("it was applied, but the store did not acknowledge it")
                    .with_source(error),
            ),
        }
    }

    async fn read_counters(
        &self,
        attempts: &mut Attempts<'_>,
        keys: &[Key],
    ) -> Result<Vec<Option<Entry>>> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let inner = &self.inner;
        let get =
            |cx: Context| async move { inner.get(&cx.with_reads(Reads::Primary), keys).await };
        attempts.run(Again::Unapplied, get).await.map_err(|error| {
            unsettled("it was applied, but the counters that it added to could not be read")
                .with_source(error)
        })
    }
}

/// Whether a delete or a touch found its entry, as far as the conditions say; otherwise it is taken to have.
fn was_there(pledge: &Pledge, key: &Key) -> bool {
    let conditions = pledge.commit.conditions();
    let mutations = pledge.commit.mutations();
    let alone = mutations
        .iter()
        .filter(|mutation| mutation.key() == key)
        .count()
        == 1;
    let absent = Condition::Absent(key.clone());
    !(alone && conditions.contains(&absent))
}
