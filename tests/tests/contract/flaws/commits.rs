use typed_state::backend::{
    Backend as _, Commit, Condition, Conflict, Context, Effect, Expiry, FailedCondition, Key,
    Mutation, Outcome, Scope, Write, WriteBatch, decode_counter, encode_counter,
};
use typed_state::{Result, Revision};

use super::{Flaw, Flawed};

impl Flawed {
    pub(super) async fn flawed_commit(&self, cx: &Context, commit: Commit) -> Result<Outcome> {
        let inner_cx = self.context(cx);
        inner_cx.check()?;
        let outcome = self.decide(&inner_cx, &commit).await;
        if self.has(Flaw::WritesPastDeadline) {
            cx.check()?;
        }
        let outcome = match outcome? {
            Outcome::Conflict(conflict) => return Ok(Outcome::Conflict(self.tell(conflict))),
            Outcome::Applied(effects) => effects,
        };
        let mut effects: Vec<Effect> = outcome.into_vec();
        if self.has(Flaw::AlwaysDeleted) {
            for effect in &mut effects {
                if matches!(effect, Effect::Deleted(_)) {
                    *effect = Effect::Deleted(true);
                }
            }
        }
        for (mutation, effect) in commit.mutations().iter().zip(&mut effects) {
            if matches!((mutation, *effect), (Mutation::Touch { .. }, Effect::Put)) {
                *effect = Effect::Touched(self.has(Flaw::TouchIsAWrite));
            }
        }
        self.forget_deleted(&commit);
        if self.needs_shadow() {
            self.follow(&commit, &mut effects).await?;
        }
        Ok(Outcome::Applied(effects.into()))
    }

    async fn decide(&self, cx: &Context, commit: &Commit) -> Result<Outcome> {
        let conditions = self.conditions(commit);
        let mutations = self.mutations(commit).await?;
        let revision = match (&mutations[..], self.flaw) {
            ([Mutation::Put { key, value, .. }], _) => self.revision(key, value, commit.revision()),
            _ => commit.revision(),
        };
        let whole = build(revision, &conditions, &mutations)?;
        match self.flaw {
            Flaw::CheckThenAct => {
                let checked = self
                    .inner
                    .commit(cx, build(revision, &conditions, &[])?)
                    .await?;
                if matches!(checked, Outcome::Conflict(_)) {
                    return Ok(checked);
                }
                tokio::task::yield_now().await;
                self.inner
                    .commit(cx, build(revision, &[], &mutations)?)
                    .await
            }
            Flaw::AppliesInSpiteOfConflict => {
                let outcome = self.inner.commit(cx, whole).await?;
                if let (Outcome::Conflict(_), Some(first)) = (&outcome, mutations.first()) {
                    let applied = build(revision, &[], std::slice::from_ref(first))?;
                    let _ = self.inner.commit(cx, applied).await?;
                }
                Ok(outcome)
            }
            Flaw::AppliesOneByOne => self.one_by_one(cx, whole).await,
            Flaw::ConditionsSeeExpired => {
                let checked = self
                    .shadow
                    .commit(cx, build(revision, &conditions, &[])?)
                    .await?;
                match checked {
                    Outcome::Conflict(_) => Ok(checked),
                    Outcome::Applied(_) => {
                        self.inner
                            .commit(cx, build(revision, &[], &mutations)?)
                            .await
                    }
                }
            }
            Flaw::ReversesMutations => {
                let mut reversed = mutations.clone();
                reversed.reverse();
                let mut outcome = self
                    .inner
                    .commit(cx, build(revision, &conditions, &reversed)?)
                    .await?;
                if let Outcome::Applied(effects) = &mut outcome {
                    effects.reverse();
                }
                Ok(outcome)
            }
            Flaw::TtlInASecondStep => {
                let outcome = self.inner.commit(cx, whole).await?;
                tokio::time::sleep(std::time::Duration::from_millis(1)).await;
                for mutation in commit.mutations() {
                    if let Mutation::Put { key, expiry, .. } = mutation {
                        self.touch(key, *expiry).await?;
                    }
                }
                Ok(outcome)
            }
            Flaw::AddExtendsTtl => {
                let outcome = self.inner.commit(cx, whole).await?;
                for mutation in commit.mutations() {
                    if let Mutation::Add { key, expiry, .. } = mutation {
                        self.touch(key, *expiry).await?;
                    }
                }
                Ok(outcome)
            }
            Flaw::CountsInDoubles
            | Flaw::AddsInTwoSteps
            | Flaw::WrapsCounters
            | Flaw::CountsOnAnything => match &mutations[..] {
                [Mutation::Add { key, delta, expiry }] => {
                    self.add(cx, whole, key, *delta, *expiry).await
                }
                _ => self.inner.commit(cx, whole).await,
            },
            _ => self.inner.commit(cx, whole).await,
        }
    }

    async fn one_by_one(&self, cx: &Context, whole: Commit) -> Result<Outcome> {
        if whole.mutations().is_empty() {
            return self.inner.commit(cx, whole).await;
        }
        let mut effects = Vec::new();
        let mut conditions = whole.conditions();
        for mutation in whole.mutations() {
            let step = build(whole.revision(), conditions, std::slice::from_ref(mutation))?;
            match self.inner.commit(cx, step).await? {
                Outcome::Applied(applied) => effects.extend(applied),
                conflict @ Outcome::Conflict(_) => return Ok(conflict),
            }
            conditions = &[];
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
        Ok(Outcome::Applied(effects.into()))
    }

    fn conditions(&self, commit: &Commit) -> Vec<Condition> {
        let ignored = |condition: &Condition| {
            matches!(
                (self.flaw, condition),
                (Flaw::IgnoresRevisions, Condition::Revision(..))
                    | (Flaw::IgnoresAbsent, Condition::Absent(_))
                    | (Flaw::IgnoresPresent, Condition::Present(_))
            )
        };
        commit
            .conditions()
            .iter()
            .filter(|condition| !ignored(condition))
            .map(|condition| match condition {
                Condition::Absent(key) => Condition::Absent(self.key(key)),
                Condition::Present(key) => Condition::Present(self.key(key)),
                Condition::Revision(key, revision) => Condition::Revision(self.key(key), *revision),
            })
            .collect()
    }

    async fn mutations(&self, commit: &Commit) -> Result<Vec<Mutation>> {
        let mut mutations = Vec::new();
        for mutation in commit.mutations() {
            let key = self.key(mutation.key());
            mutations.push(match mutation.clone() {
                Mutation::Put { value, expiry, .. } => {
                    let expiry = self.expiry(&key, expiry);
                    let value = self.value(value);
                    Mutation::Put { key, value, expiry }
                }
                Mutation::Delete { .. } => Mutation::Delete { key },
                Mutation::Add { delta, expiry, .. } => Mutation::Add { key, delta, expiry },
                Mutation::Touch { expiry, .. } => {
                    let expiry = match self.flaw {
                        Flaw::LongTtlOverflows => self.expiry(&key, expiry),
                        _ => expiry,
                    };
                    let entry = self
                        .inner
                        .get(&Context::new(), std::slice::from_ref(&key))
                        .await?
                        .remove(0);
                    match (self.flaw, entry) {
                        (Flaw::TouchIsAWrite, Some(entry)) => {
                            let value = entry.value;
                            Mutation::Put { key, value, expiry }
                        }
                        (Flaw::TouchCreates, None) => {
                            let value = bytes::Bytes::new();
                            Mutation::Put { key, value, expiry }
                        }
                        _ => Mutation::Touch { key, expiry },
                    }
                }
            });
        }
        Ok(mutations)
    }

    fn tell(&self, mut conflict: Conflict) -> Conflict {
        match self.flaw {
            Flaw::NamesOneOnly => conflict.failed.truncate(1),
            Flaw::NamesTheFirst => {
                for FailedCondition { index, .. } in &mut conflict.failed {
                    *index = 0;
                }
            }
            Flaw::NamesNoRevision => {
                for FailedCondition { current, .. } in &mut conflict.failed {
                    *current = None;
                }
            }
            _ => {}
        }
        conflict
    }

    fn forget_deleted(&self, commit: &Commit) {
        let mut notes = self.notes.lock().expect("no panic while it is held");
        for mutation in commit.mutations() {
            if let (Mutation::Delete { key }, Flaw::RevisionForgetsDelete) = (mutation, self.flaw)
                && let Some((written, _)) = notes.lives.get_mut(key)
            {
                *written = 0;
            }
        }
    }

    /// Does to the shadow what was done, and says of deletes what the shadow says.
    async fn follow(&self, commit: &Commit, effects: &mut [Effect]) -> Result<()> {
        for (mutation, effect) in commit.mutations().iter().zip(effects) {
            let write = match mutation.clone() {
                Mutation::Put { key, value, expiry } => Write::Put { key, value, expiry },
                Mutation::Delete { key } => Write::Delete { key },
                Mutation::Touch { .. } => continue,
                Mutation::Add { key, expiry, .. } => {
                    let Effect::Added(sum) = *effect else {
                        continue;
                    };
                    let value = encode_counter(sum).to_vec().into();
                    Write::Put { key, value, expiry }
                }
            };
            let batch = WriteBatch {
                revision: commit.revision(),
                writes: vec![write],
            };
            let written = self.shadow_write(batch).await?;
            if let (Flaw::DeletesCountExpired, Effect::Deleted(deleted)) = (self.flaw, effect) {
                *deleted = written.deleted > 0;
            }
        }
        Ok(())
    }

    pub(super) async fn touch(&self, key: &Key, expiry: Expiry) -> Result<()> {
        let key = key.clone();
        let touch = build(
            Revision::from_bits(0),
            &[],
            &[Mutation::Touch { key, expiry }],
        )?;
        let _ = self.inner.commit(&Context::new(), touch).await?;
        Ok(())
    }

    async fn add(
        &self,
        cx: &Context,
        whole: Commit,
        key: &Key,
        delta: i64,
        expiry: Expiry,
    ) -> Result<Outcome> {
        let revision = whole.revision();
        let read = self
            .inner
            .get(cx, std::slice::from_ref(key))
            .await?
            .remove(0);
        let before = read
            .as_ref()
            .map_or(Some(0), |entry| decode_counter(&entry.value));
        let sum = match (self.flaw, before) {
            #[allow(
                clippy::cast_precision_loss,
                clippy::cast_possible_truncation,
                reason = "the loss is the flaw"
            )]
            (Flaw::CountsInDoubles, Some(before)) => (before as f64 + delta as f64) as i64,
            (Flaw::AddsInTwoSteps, Some(before)) if before.checked_add(delta).is_some() => {
                tokio::task::yield_now().await;
                before + delta
            }
            (Flaw::WrapsCounters, Some(before)) => before.wrapping_add(delta),
            (Flaw::CountsOnAnything, before) => before.unwrap_or(0) + delta,
            _ => return self.inner.commit(cx, whole).await,
        };
        let put = Mutation::Put {
            key: key.clone(),
            value: encode_counter(sum).to_vec().into(),
            expiry: if read.is_some() { Expiry::Keep } else { expiry },
        };
        let outcome = self.inner.commit(cx, build(revision, &[], &[put])?).await?;
        Ok(match outcome {
            Outcome::Applied(_) => Outcome::Applied([Effect::Added(sum)].into_iter().collect()),
            conflict @ Outcome::Conflict(_) => conflict,
        })
    }
}

pub(super) fn build(
    revision: Revision,
    conditions: &[Condition],
    mutations: &[Mutation],
) -> Result<Commit> {
    let mut commit = Commit::new(revision, Scope::Store);
    for condition in conditions {
        commit.require(condition.clone())?;
    }
    for mutation in mutations {
        commit.apply(mutation.clone())?;
    }
    Ok(commit)
}
