use ::sqlx::postgres::PgArguments;
use smallvec::SmallVec;

use super::Postgres;
use super::bind::{Bind, expiry_number, layout, write};
use super::link::{Effect as Sent, Failure};
use super::row;
use crate::backend::{
    Commit, Condition, Conflict, Context, Effect, FailedCondition, Key, Mutation, Outcome, Revision,
};
use crate::error::{Error, ErrorKind, Result};

impl Postgres {
    pub(super) async fn send_commit(&self, cx: &Context, commit: &Commit) -> Result<Outcome> {
        cx.check()?;
        match (commit.conditions(), commit.mutations()) {
            ([], []) => Ok(Outcome::Applied(SmallVec::new())),
            ([], [Mutation::Put { key, value, expiry }]) => {
                self.put(cx, key, value, *expiry, commit.revision()).await
            }
            ([], [Mutation::Delete { key }]) => self.delete(cx, key).await,
            ([], [mutation]) => self.send_one(cx, commit, None, mutation).await,
            ([condition], [mutation]) if condition.key() == mutation.key() => {
                self.send_one(cx, commit, Some(condition), mutation).await
            }
            // Its future is large, and a commit of one mutation carries none of it.
            _ => Box::pin(self.send_whole(cx, commit)).await,
        }
    }

    async fn send_whole(&self, cx: &Context, commit: &Commit) -> Result<Outcome> {
        let written = Written::of(commit);
        let request = write(&self.statements.writes(cx).commit, |deadline| {
            written.bind(deadline)
        });
        let rows = self.link.call(cx, request).await;
        let rows = rows.map_err(|failure| told(failure, commit))?;
        let answer = rows.first().ok_or_else(|| unexpected("a row"))?;
        let answer: Vec<Option<i64>> = row::column(answer, "answer")?;
        outcome(&answer, commit)
    }
}

/// A commit as the function on the server reads it.
struct Written<'a> {
    /// In their order, each once.
    keys: Vec<&'a [u8]>,
    layouts: Vec<i32>,
    conditions: Vec<i32>,
    condition_keys: Vec<i32>,
    wanted: Vec<i64>,
    mutations: Vec<i32>,
    mutation_keys: Vec<i32>,
    contents: Vec<Option<&'a [u8]>>,
    deltas: Vec<i64>,
    expiries: Vec<i64>,
    revision: i64,
}

impl<'a> Written<'a> {
    fn of(commit: &'a Commit) -> Self {
        let conditions = commit.conditions().iter().map(Condition::key);
        let mut keys: Vec<&Key> = conditions
            .chain(commit.mutations().iter().map(Mutation::key))
            .collect();
        keys.sort();
        keys.dedup();
        let place = |key: &Key| {
            let place = keys.binary_search(&key).unwrap_or_default() + 1;
            i32::try_from(place).unwrap_or(i32::MAX)
        };
        let mut written = Self {
            layouts: keys.iter().copied().map(layout).collect(),
            conditions: Vec::new(),
            condition_keys: Vec::new(),
            wanted: Vec::new(),
            mutations: Vec::new(),
            mutation_keys: Vec::new(),
            contents: Vec::new(),
            deltas: Vec::new(),
            expiries: Vec::new(),
            revision: bits(commit.revision()),
            keys: Vec::new(),
        };
        for condition in commit.conditions() {
            let (kind, wanted) = condition_numbers(condition);
            written.conditions.push(kind);
            written.condition_keys.push(place(condition.key()));
            written.wanted.push(wanted);
        }
        for mutation in commit.mutations() {
            let (kind, content, delta, expiry) = mutation_numbers(mutation);
            written.mutations.push(kind);
            written.mutation_keys.push(place(mutation.key()));
            written.contents.push(content);
            written.deltas.push(delta);
            written.expiries.push(expiry);
        }
        written.keys = keys.iter().map(|key| key.as_bytes()).collect();
        written
    }

    fn bind(&self, deadline: i64) -> PgArguments {
        Bind::default()
            .with(&self.keys[..])
            .with(&self.layouts[..])
            .with(&self.conditions[..])
            .with(&self.condition_keys[..])
            .with(&self.wanted[..])
            .with(&self.mutations[..])
            .with(&self.mutation_keys[..])
            .with(&self.contents[..])
            .with(&self.deltas[..])
            .with(&self.expiries[..])
            .with(self.revision)
            .with(deadline)
            .done()
    }
}

/// What is required, and the revision that is wanted.
pub(super) const fn condition_numbers(condition: &Condition) -> (i32, i64) {
    match condition {
        Condition::Absent(_) => (0, 0),
        Condition::Present(_) => (1, 0),
        Condition::Revision(_, revision) => (2, bits(*revision)),
    }
}

/// What is done, with what value, by how much, and until when.
pub(super) fn mutation_numbers(mutation: &Mutation) -> (i32, Option<&[u8]>, i64, i64) {
    match mutation {
        Mutation::Put { value, expiry, .. } => (0, Some(&value[..]), 0, expiry_number(*expiry)),
        Mutation::Delete { .. } => (1, None, 0, 0),
        Mutation::Touch { expiry, .. } => (2, None, 0, expiry_number(*expiry)),
        Mutation::Add { delta, expiry, .. } => (3, None, *delta, expiry_number(*expiry)),
    }
}

/// What the function says became of the commit.
pub(super) fn outcome(answer: &[Option<i64>], commit: &Commit) -> Result<Outcome> {
    match answer {
        [Some(0), effects @ ..] if effects.len() == commit.mutations().len() => {
            let effects = commit.mutations().iter().zip(effects);
            let effects = effects.map(|(mutation, &effect)| effect_of(mutation, effect));
            Ok(Outcome::Applied(effects.collect::<Result<_>>()?))
        }
        [Some(1), failed @ ..] if !failed.is_empty() => {
            let failed = failed
                .chunks(2)
                .map(|failed| failed_condition(failed, commit));
            let failed = failed.collect::<Result<_>>()?;
            Ok(Outcome::Conflict(Conflict { failed }))
        }
        _ => Err(unexpected("an outcome")),
    }
}

fn effect_of(mutation: &Mutation, effect: Option<i64>) -> Result<Effect> {
    let effect = effect.ok_or_else(|| unexpected("an effect"))?;
    Ok(match mutation {
        Mutation::Put { .. } => Effect::Put,
        Mutation::Delete { .. } => Effect::Deleted(effect != 0),
        Mutation::Touch { .. } => Effect::Touched(effect != 0),
        Mutation::Add { .. } => Effect::Added(effect),
    })
}

fn failed_condition(failed: &[Option<i64>], commit: &Commit) -> Result<FailedCondition> {
    let [Some(index), current] = failed else {
        return Err(unexpected("a condition"));
    };
    let index = usize::try_from(*index).unwrap_or(usize::MAX);
    let condition = commit.conditions().get(index);
    let condition = condition.ok_or_else(|| unexpected("a condition"))?;
    Ok(FailedCondition {
        index,
        key: condition.key().clone(),
        current: current.map(|bits| Revision::from_bits(bits.cast_unsigned())),
    })
}

/// The error of a commit; the function's own errors name the mutation by its place.
pub(super) fn told(failure: Failure, commit: &Commit) -> Error {
    let (kind, message) = match failure.code() {
        "TS003" => (
            ErrorKind::Overflow,
            "the counter would leave the range of i64; nothing was applied",
        ),
        "TS002" => (
            ErrorKind::Corrupt,
            "the entry is no counter and cannot be added to; nothing was applied",
        ),
        _ => return failure.into_error(Sent::Write),
    };
    let error = Error::new(kind, message);
    let place = failure.message().parse().ok();
    match place.and_then(|place: usize| commit.mutations().get(place)) {
        Some(mutation) => error.at_key(mutation.key()),
        None => error,
    }
}

pub(super) fn unexpected(wanted: &str) -> Error {
    Failure::unexpected(wanted).into_error(Sent::Read)
}

pub(super) const fn bits(revision: Revision) -> i64 {
    revision.to_bits().cast_signed()
}
