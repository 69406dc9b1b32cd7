use std::fmt::Write as _;

use ::redis::Value;
use bytes::Bytes;

use super::Redis;
use super::layout::{Index, Place};
use super::link::{Call, Command, Effect as Sent, Failure, Target};
use super::record::{self, Header};
use super::reply;
use super::script::COMMIT;
use super::single;
use crate::backend::{
    Commit, Condition, Conflict, Context, Effect, Expiry, FailedCondition, Key, Mutation, Outcome,
    Revision, Scope,
};
use crate::error::{Error, ErrorKind, Result};

impl Redis {
    pub(super) async fn send_commit(&self, cx: &Context, commit: Commit) -> Result<Outcome> {
        cx.check()?;
        let Some((call, reading)) = self.plan(cx, &commit)? else {
            return Ok(Outcome::Applied(smallvec::SmallVec::new()));
        };
        let answer = self.link.call(cx, call).await;
        reading.outcome(answer, &commit)
    }

    /// What is sent for a commit, and how the answer is read; `None` where it is empty.
    pub(super) fn plan(&self, cx: &Context, commit: &Commit) -> Result<Option<(Call, Reading)>> {
        let Some(place) = place_of(commit)? else {
            return Ok(None);
        };
        if let Some(call) = self.single(commit, place, cx.announce)? {
            let reading = Reading::Single(call.effect);
            return Ok(Some((call, reading)));
        }
        let counted = if cx.announce {
            None
        } else {
            self.counted(commit, place)?
        };
        let script = match counted {
            Some(script) => script,
            None => self.script_of(cx, place, commit)?,
        };
        let call = Call {
            slot: place.slot(),
            command: script.command,
            effect: Sent::Write,
            target: Target::Primary,
        };
        Ok(Some((call, Reading::Script(script.keys))))
    }

    /// The commit as the script reads it.
    pub(super) fn script_of(
        &self,
        cx: &Context,
        place: Place,
        commit: &Commit,
    ) -> Result<Scripted> {
        let mut entries = Entries::default();
        let revision = commit.revision();
        let mut conditions = Vec::with_capacity(2 * commit.conditions().len());
        for condition in commit.conditions() {
            let (kind, wanted) = match condition {
                Condition::Absent(_) => ('a', Bytes::new()),
                Condition::Present(_) => ('p', Bytes::new()),
                Condition::Revision(_, revision) => ('r', revision_bytes(*revision)),
            };
            conditions.push(entries.op(kind, condition.key()));
            conditions.push(wanted);
        }
        let mut mutations = Vec::with_capacity(3 * commit.mutations().len());
        for mutation in commit.mutations() {
            let key = mutation.key();
            match mutation {
                Mutation::Put { value, expiry, .. } => {
                    mutations.push(entries.op('s', key));
                    mutations.push(record::encode(key, revision, value)?);
                    mutations.push(expiry_text(*expiry));
                }
                Mutation::Delete { .. } => mutations.push(entries.op('d', key)),
                Mutation::Touch { expiry, .. } => {
                    mutations.push(entries.op('t', key));
                    mutations.push(expiry_text(*expiry));
                }
                Mutation::Add { delta, expiry, .. } => {
                    mutations.push(entries.op('+', key));
                    mutations.push(Bytes::copy_from_slice(&Header::of(key, revision).encode()));
                    mutations.push(text(&(delta >> 32)));
                    mutations.push(text(&(delta & 0xFFFF_FFFF)));
                    mutations.push(expiry_text(*expiry));
                }
            }
        }
        let mut indexes: Vec<Index> = Vec::new();
        let mut members = Vec::new();
        if entries.keys.iter().any(Key::is_indexed) {
            for key in &entries.keys {
                let number = if key.is_indexed() {
                    let index = self.layout.index_of(place, key);
                    number_in(&mut indexes, index)
                } else {
                    0
                };
                members.push(text(&number));
                members.push(Bytes::copy_from_slice(member(key)));
            }
        }
        let mut arguments =
            Vec::with_capacity(5 + members.len() + conditions.len() + mutations.len());
        arguments.push(revision_bytes(revision));
        arguments.push(text(&entries.keys.len()));
        arguments.push(text(&indexes.len()));
        arguments.push(text(&commit.conditions().len()));
        arguments.push(if cx.announce {
            self.changes.clone()
        } else {
            Bytes::new()
        });
        arguments.append(&mut members);
        arguments.append(&mut conditions);
        arguments.append(&mut mutations);
        let mut names: Vec<Bytes> = entries
            .keys
            .iter()
            .map(|key| self.layout.entry(place, key.as_bytes()))
            .collect();
        for Index { order, expiries } in indexes {
            names.push(order);
            names.push(expiries);
        }
        Ok(Scripted {
            command: Command::Script {
                script: &COMMIT,
                keys: names,
                arguments,
            },
            keys: entries.keys,
        })
    }
}

/// How the answer to a commit is read.
pub(super) enum Reading {
    /// Of one command, which does this.
    Single(Sent),
    /// Of the script, which numbers these keys.
    Script(Vec<Key>),
}

impl Reading {
    pub(super) fn outcome(
        self,
        answer: std::result::Result<Value, Failure>,
        commit: &Commit,
    ) -> Result<Outcome> {
        match self {
            Self::Single(effect) => single::outcome(answer, effect, commit),
            Self::Script(keys) => match answer {
                Ok(answer) => outcome(answer, commit),
                Err(failure) => Err(told(failure, &keys)),
            },
        }
    }
}

/// A commit as the script reads it, with the keys that it numbers.
pub(super) struct Scripted {
    pub(super) command: Command,
    pub(super) keys: Vec<Key>,
}

/// The keys of a commit, each once, numbered from one.
#[derive(Default)]
struct Entries {
    keys: Vec<Key>,
}

impl Entries {
    /// What is done, and the number of the entry that it is done to.
    fn op(&mut self, kind: char, key: &Key) -> Bytes {
        let number = number_of(&mut self.keys, key);
        let mut op = String::with_capacity(6);
        op.push(kind);
        // Writing to a string does not fail.
        let _ = write!(op, "{number}");
        Bytes::from(op)
    }
}

fn number_of(keys: &mut Vec<Key>, key: &Key) -> usize {
    if let Some(position) = keys.iter().position(|known| known == key) {
        return position + 1;
    }
    keys.push(key.clone());
    keys.len()
}

fn number_in(indexes: &mut Vec<Index>, index: Index) -> usize {
    if let Some(position) = indexes.iter().position(|known| *known == index) {
        return position + 1;
    }
    indexes.push(index);
    indexes.len()
}

/// The bytes of a key that stand for it in the index of its partition.
pub(super) fn member(key: &Key) -> &[u8] {
    key.as_bytes()
        .get(key.partition_end()..)
        .unwrap_or_default()
}

/// Where the commit's partition lies; `None` where the commit is empty.
pub(super) fn place_of(commit: &Commit) -> Result<Option<Place>> {
    let conditions = commit.conditions().iter().map(Condition::key);
    let mut keys = conditions.chain(commit.mutations().iter().map(Mutation::key));
    let Some(first) = keys.next() else {
        return Ok(None);
    };
    // A commit of one partition has checked its keys when they came.
    if commit.scope() == Scope::Store
        && let Some(other) = keys.find(|key| key.partition() != first.partition())
    {
        let wrong = format!(
            "`{other}` lies in another partition than `{first}`, and Redis commits within one; nothing was applied"
        );
        return Err(Error::new(ErrorKind::Unsupported, wrong).at_key(other));
    }
    Ok(Some(Place::of(first.partition())))
}

pub(super) fn expiry_text(expiry: Expiry) -> Bytes {
    match expiry {
        Expiry::Never => Bytes::new(),
        Expiry::Keep => Bytes::from_static(b"k"),
        Expiry::After(ttl) => text(&ttl.as_millis()),
    }
}

pub(super) fn text(number: &impl ToString) -> Bytes {
    Bytes::from(number.to_string())
}

pub(super) fn revision_bytes(revision: Revision) -> Bytes {
    Bytes::copy_from_slice(&revision.to_bits().to_be_bytes())
}

pub(super) fn revision_of(bytes: &[u8]) -> Result<Option<Revision>> {
    match <[u8; 8]>::try_from(bytes) {
        Ok(bytes) => Ok(Some(Revision::from_bits(u64::from_be_bytes(bytes)))),
        Err(_) if bytes.is_empty() => Ok(None),
        Err(_) => Err(reply::unexpected("a revision")),
    }
}

/// What the script says became of the commit.
pub(super) fn outcome(answer: Value, commit: &Commit) -> Result<Outcome> {
    let mut answers = reply::array(answer, None)?.into_iter();
    let applied = answers.next().map(|first| reply::integer(&first));
    if applied.transpose()? == Some(1) {
        return effects(answers, commit);
    }
    let mut failed = Vec::new();
    while let (Some(index), Some(current)) = (answers.next(), answers.next()) {
        let index = usize::try_from(reply::integer(&index)?).unwrap_or(usize::MAX);
        let condition = commit.conditions().get(index);
        let condition = condition.ok_or_else(|| reply::unexpected("a condition"))?;
        failed.push(FailedCondition {
            index,
            key: condition.key().clone(),
            current: revision_of(&reply::bytes(current)?.unwrap_or_default())?,
        });
    }
    if failed.is_empty() {
        return Err(reply::unexpected("an outcome"));
    }
    Ok(Outcome::Conflict(Conflict { failed }))
}

fn effects(answers: impl ExactSizeIterator<Item = Value>, commit: &Commit) -> Result<Outcome> {
    if answers.len() != commit.mutations().len() {
        return Err(reply::unexpected("one effect a mutation"));
    }
    let effects = commit
        .mutations()
        .iter()
        .zip(answers)
        .map(|(mutation, effect)| {
            Ok(match mutation {
                Mutation::Put { .. } => Effect::Put,
                Mutation::Delete { .. } => Effect::Deleted(reply::integer(&effect)? > 0),
                Mutation::Touch { .. } => Effect::Touched(reply::integer(&effect)? > 0),
                Mutation::Add { .. } => {
                    let number = reply::bytes(effect)?.unwrap_or_default();
                    let number = <[u8; 8]>::try_from(&number[..]);
                    let number = number.map_err(|_| reply::unexpected("a counter"))?;
                    Effect::Added(i64::from_be_bytes(number))
                }
            })
        });
    Ok(Outcome::Applied(effects.collect::<Result<_>>()?))
}

/// The error of a commit; the script's own errors name the entry by its number.
pub(super) fn told(failure: Failure, keys: &[Key]) -> Error {
    let (kind, message) = match failure.code() {
        Some("CORRUPT") => return at_entry(record::foreign(), &failure, keys),
        Some("OVERFLOW") => (
            ErrorKind::Overflow,
            "the counter would leave the range of i64; nothing was applied",
        ),
        Some("NOCOUNTER") => (
            ErrorKind::Corrupt,
            "the entry is no counter and cannot be added to; nothing was applied",
        ),
        _ => return failure.into_error(Sent::Write),
    };
    at_entry(Error::new(kind, message), &failure, keys)
}

fn at_entry(error: Error, failure: &Failure, keys: &[Key]) -> Error {
    let number = failure.message().trim().parse::<usize>().ok();
    let key = number.and_then(|number| keys.get(number.checked_sub(1)?));
    match key {
        Some(key) => error.at_key(key),
        None => error,
    }
}
