//! Several commits in as few requests as may be: one pipeline a node.
//!
//! Redis executes what is in a pipeline one after the other. Outside of a cluster the commits on one entry share a script,
//! which decides each of them for itself: most of what Redis does for a script it does once then.

use ::redis::Value;
use bytes::Bytes;

use super::Redis;
use super::commit::{Reading, place_of};
use super::link::{Call, Command, Effect as Sent, Failure, Target};
use super::reply;
use super::script::SEVERAL;
use super::single;
use crate::backend::{Commit, Context, Outcome};
use crate::error::Result;

/// An outcome, and the place of its commit among those that came together.
type Decided = (usize, Result<Outcome>);

/// What a call decides: the commits in these places.
enum Cargo {
    One(usize, Reading),
    Several(Vec<usize>),
}

/// Commits that share a script.
#[derive(Default)]
struct Several {
    keys: Vec<Bytes>,
    arguments: Vec<Bytes>,
    members: Vec<usize>,
}

impl Redis {
    pub(super) async fn send_commits(
        &self,
        cx: &Context,
        commits: Vec<Commit>,
    ) -> Vec<Result<Outcome>> {
        let mut outcomes: Vec<Option<Result<Outcome>>> = commits.iter().map(|_| None).collect();
        let (calls, cargo) = self.load(cx, &commits, &mut outcomes);
        let answers = self.link.call_many(cx, calls).await;
        for (answer, cargo) in answers.into_iter().zip(cargo) {
            for (place, outcome) in cargo.unload(answer, &commits) {
                if let Some(open) = outcomes.get_mut(place) {
                    *open = Some(outcome);
                }
            }
        }
        let outcomes = outcomes.into_iter();
        outcomes
            .map(|outcome| {
                outcome.unwrap_or_else(|| Err(reply::unexpected("one outcome a commit")))
            })
            .collect()
    }

    /// What is sent for the commits. Those that need no request, or cannot be sent, have their outcomes at once.
    fn load(
        &self,
        cx: &Context,
        commits: &[Commit],
        outcomes: &mut [Option<Result<Outcome>>],
    ) -> (Vec<Call>, Vec<Cargo>) {
        let mut calls = Vec::with_capacity(commits.len());
        let mut cargo = Vec::with_capacity(commits.len());
        let mut several = Several::default();
        let share = !self.link.is_cluster() && !cx.announce && commits.len() > 1;
        for ((place, commit), open) in commits.iter().enumerate().zip(outcomes) {
            match cx.check().and_then(|()| self.shared(commit, share)) {
                Ok(Some((key, arguments))) => {
                    several.keys.push(key);
                    several.arguments.extend(arguments);
                    several.members.push(place);
                    if several.keys.len() >= self.batch_size {
                        std::mem::take(&mut several).close(&mut calls, &mut cargo);
                    }
                    continue;
                }
                Ok(None) => {}
                Err(refused) => {
                    *open = Some(Err(refused));
                    continue;
                }
            }
            match self.plan(cx, commit) {
                Ok(Some((call, reading))) => {
                    calls.push(call);
                    cargo.push(Cargo::One(place, reading));
                }
                Ok(None) => *open = Some(Ok(Outcome::Applied(smallvec::SmallVec::new()))),
                Err(refused) => *open = Some(Err(refused)),
            }
        }
        if !several.keys.is_empty() {
            several.close(&mut calls, &mut cargo);
        }
        (calls, cargo)
    }

    /// The entry and the arguments by which the commit shares a script; `None` where it does not.
    fn shared(&self, commit: &Commit, share: bool) -> Result<Option<(Bytes, [Bytes; 3])>> {
        match place_of(commit)? {
            Some(place) if share => self.short(commit, place),
            _ => Ok(None),
        }
    }
}

impl Several {
    fn close(self, calls: &mut Vec<Call>, cargo: &mut Vec<Cargo>) {
        calls.push(Call {
            // Outside of a cluster one server has every slot.
            slot: 0,
            command: Command::Script {
                script: &SEVERAL,
                keys: self.keys,
                arguments: self.arguments,
            },
            effect: Sent::Write,
            target: Target::Primary,
        });
        cargo.push(Cargo::Several(self.members));
    }
}

impl Cargo {
    fn unload(
        self,
        answer: std::result::Result<Value, Failure>,
        commits: &[Commit],
    ) -> Vec<Decided> {
        let members = match self {
            Self::One(place, reading) => {
                let outcome = commits.get(place).map(|it| reading.outcome(answer, it));
                return outcome
                    .into_iter()
                    .map(|outcome| (place, outcome))
                    .collect();
            }
            Self::Several(members) => members,
        };
        let mut answers = match answer {
            Ok(Value::Array(answers)) => answers.into_iter().map(Ok).collect(),
            Ok(_) => Vec::new(),
            Err(failure) => vec![Err(failure); members.len()],
        }
        .into_iter();
        let decide = |place| {
            let answer = match answers.next()? {
                Ok(Value::ServerError(error)) => Err(Failure::refused(&error)),
                answer => answer,
            };
            let outcome = single::outcome(answer, Sent::Write, commits.get(place)?);
            Some((place, outcome))
        };
        members.into_iter().map_while(decide).collect()
    }
}
