//! Commits on one entry that no index follows: one native command, or one short script.

use ::redis::Value;
use bytes::Bytes;

use super::Redis;
use super::commit::{expiry_text, revision_bytes, revision_of, told};
use super::layout::Place;
use super::link::{Call, Command, Effect as Sent, Failure, Target, arg_of, command};
use super::record;
use super::reply;
use super::script::ONE;
use crate::backend::{
    Commit, Condition, Conflict, Effect, Expiry, FailedCondition, Mutation, Outcome, Revision, Ttl,
};
use crate::error::Result;

/// The longest expiry that Redis takes on top of any time of day: `i64::MAX` ms less some 139 years.
const MAX_TTL: i64 = i64::MAX - (1 << 42);

/// How many bytes an expiry has, at the most that matters.
const NUMBER_LEN: usize = 16;

impl Redis {
    /// The one command that the commit is; `None` where it takes more, as a change does that is announced without a condition.
    pub(super) fn single(
        &self,
        commit: &Commit,
        place: Place,
        announce: bool,
    ) -> Result<Option<Call>> {
        let [mutation] = commit.mutations() else {
            return Ok(None);
        };
        let (command, effect) = match commit.conditions() {
            [] if announce => return Ok(None),
            [] => match self.plain(mutation, commit.revision(), place)? {
                Some((command, effect)) => (Command::Plain(command), effect),
                None => return Ok(None),
            },
            [_] => match self.short(commit, place)? {
                Some((key, [wanted, record, expiry])) => {
                    let arguments = if announce {
                        vec![wanted, record, expiry, self.changes.clone()]
                    } else {
                        let arguments = [Some(wanted), given(record), given(expiry)];
                        arguments.into_iter().flatten().collect()
                    };
                    let script = Command::Script {
                        script: &ONE,
                        keys: vec![key],
                        arguments,
                    };
                    (script, Sent::Write)
                }
                None => return Ok(None),
            },
            _ => return Ok(None),
        };
        Ok(Some(Call {
            slot: place.slot(),
            command,
            effect,
            target: Target::Primary,
        }))
    }

    /// The one native command that does it, where there is one.
    pub(super) fn plain(
        &self,
        mutation: &Mutation,
        revision: Revision,
        place: Place,
    ) -> Result<Option<(::redis::Cmd, Sent)>> {
        let key = mutation.key();
        if key.is_indexed() {
            return Ok(None);
        }
        let name = self.layout.parts(&place, key.as_bytes());
        let name_len: usize = name.iter().map(|part| part.len()).sum();
        Ok(match mutation {
            Mutation::Put { key, value, expiry } => {
                let header = record::header(key, revision, value)?;
                let room = name_len + header.len() + value.len() + NUMBER_LEN;
                let mut set = command("SET", 4, room);
                arg_of(&mut set, &name);
                arg_of(&mut set, &[&header, value]);
                match expiry {
                    Expiry::Never => {}
                    Expiry::After(ttl) => {
                        set.arg("PX").arg(millis(*ttl));
                    }
                    Expiry::Keep => {
                        set.arg("KEEPTTL");
                    }
                }
                Some((set, Sent::Idempotent))
            }
            Mutation::Delete { .. } => {
                let mut del = command("DEL", 1, name_len);
                arg_of(&mut del, &name);
                Some((del, Sent::Write))
            }
            Mutation::Touch { .. } | Mutation::Add { .. } => None,
        })
    }

    /// The entry, what must stand there, and the record and the expiry that are written there, for the scripts on single
    /// entries; empty where there is none.
    pub(super) fn short(
        &self,
        commit: &Commit,
        place: Place,
    ) -> Result<Option<(Bytes, [Bytes; 3])>> {
        let [mutation] = commit.mutations() else {
            return Ok(None);
        };
        let key = mutation.key();
        let wanted = match commit.conditions() {
            [condition] if condition.key() == key => match condition {
                Condition::Absent(_) => Bytes::from_static(b"a"),
                Condition::Present(_) => Bytes::from_static(b"p"),
                Condition::Revision(_, revision) => revision_bytes(*revision),
            },
            _ => return Ok(None),
        };
        if key.is_indexed() {
            return Ok(None);
        }
        let (record, expiry) = match mutation {
            Mutation::Put { value, expiry, .. } => {
                let record = record::encode(key, commit.revision(), value)?;
                (record, expiry_text(*expiry))
            }
            Mutation::Delete { .. } => (Bytes::new(), Bytes::new()),
            Mutation::Touch { .. } | Mutation::Add { .. } => return Ok(None),
        };
        let name = self.layout.entry(place, key.as_bytes());
        Ok(Some((name, [wanted, record, expiry])))
    }
}

fn given(argument: Bytes) -> Option<Bytes> {
    (!argument.is_empty()).then_some(argument)
}

/// What a command of [`Redis::single`] says became of the commit.
pub(super) fn outcome(
    answer: std::result::Result<Value, Failure>,
    effect: Sent,
    commit: &Commit,
) -> Result<Outcome> {
    let answer = match answer {
        Ok(answer) => answer,
        Err(failure) if effect == Sent::Idempotent => return Err(failure.into_error(effect)),
        Err(failure) => {
            let keys: Vec<_> = commit
                .mutations()
                .iter()
                .map(|it| it.key().clone())
                .collect();
            return Err(told(failure, &keys));
        }
    };
    let effect = match (answer, commit.mutations().first()) {
        (Value::Int(found), Some(Mutation::Delete { .. })) => Effect::Deleted(found > 0),
        (Value::Okay | Value::Int(_), _) => Effect::Put,
        (Value::BulkString(current), _) => return conflict(commit, &current),
        _ => return Err(reply::unexpected("OK, a number or a revision")),
    };
    Ok(Outcome::Applied(smallvec::smallvec![effect]))
}

fn conflict(commit: &Commit, current: &[u8]) -> Result<Outcome> {
    let current = revision_of(current)?;
    let failed = commit.conditions().iter().map(|condition| FailedCondition {
        index: 0,
        key: condition.key().clone(),
        current,
    });
    Ok(Outcome::Conflict(Conflict {
        failed: failed.collect(),
    }))
}

fn millis(ttl: Ttl) -> i64 {
    ttl.as_millis().min(MAX_TTL)
}
