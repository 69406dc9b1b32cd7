use super::config::RetryLayer;
use super::receipt::Receipt;
use crate::backend::{Commit, Condition, Conflict, Expiry, Mutation, Outcome, Revision};
use crate::error::{Error, ErrorKind, Result};

/// A commit that is to apply once, however often it is sent.
#[derive(Debug)]
pub(super) struct Pledge {
    /// As it is sent.
    pub(super) commit: Commit,
    /// How many of its mutations are the caller's; they come first.
    pub(super) mutations: usize,
    pub(super) mark: Mark,
    /// Whether the answer of an attempt was lost.
    lost: bool,
}

/// How a second attempt knows of the first.
#[derive(Debug)]
pub(super) enum Mark {
    /// It need not: it changes nothing that the first did.
    Repeatable,
    /// A condition on a revision that the commit itself replaces: it cannot hold twice.
    Revision,
    /// A receipt.
    Receipt(Receipt),
    /// Not at all.
    Nothing,
}

/// What an answer means.
#[derive(Debug)]
pub(super) enum Verdict {
    /// That is what became of it.
    Done(Result<Outcome>),
    /// An earlier attempt has applied it.
    AppliedBefore,
    /// This attempt came to that; an earlier one may still apply, unless its receipt is made void.
    Void(Result<Outcome>),
    /// It is to be sent again.
    Again(Error),
}

impl Pledge {
    pub(super) fn new(mut commit: Commit, options: &RetryLayer) -> Self {
        let mutations = commit.mutations().len();
        let mark = if is_repeatable(&commit) {
            Mark::Repeatable
        } else if replaces_what_it_requires(&commit) {
            Mark::Revision
        } else if options.receipts {
            Receipt::put_on(&mut commit, options).map_or(Mark::Nothing, Mark::Receipt)
        } else {
            Mark::Nothing
        };
        Self {
            commit,
            mutations,
            mark,
            lost: false,
        }
    }

    pub(super) const fn has_receipt(&self) -> bool {
        matches!(self.mark, Mark::Receipt(_))
    }

    pub(super) fn judge(&mut self, answer: Result<Outcome>) -> Verdict {
        match answer {
            Ok(Outcome::Applied(mut effects)) => {
                effects.truncate(self.mutations);
                Verdict::Done(Ok(Outcome::Applied(effects)))
            }
            Ok(Outcome::Conflict(conflict)) => self.judge_conflict(conflict),
            Err(error) if error.kind() == ErrorKind::OutcomeUnknown => {
                self.lost = true;
                match self.mark {
                    Mark::Nothing => Verdict::Done(Err(error)),
                    _ => Verdict::Again(error),
                }
            }
            Err(error) if error.is_retryable() => Verdict::Again(error),
            Err(error) if self.lost && self.has_receipt() => Verdict::Void(Err(error)),
            Err(error) => Verdict::Done(Err(self.given_up(error))),
        }
    }

    fn judge_conflict(&self, mut conflict: Conflict) -> Verdict {
        let own = self.commit.revision();
        match &self.mark {
            Mark::Receipt(receipt) => {
                if is_taken_by(&conflict, receipt.index, own) {
                    return Verdict::AppliedBefore;
                }
                conflict
                    .failed
                    .retain(|failed| failed.index < receipt.index);
                if conflict.failed.is_empty() {
                    return Verdict::Done(Err(unsettled(
                        "something else stands in the place of its receipt",
                    )));
                }
                let outcome = Ok(Outcome::Conflict(conflict));
                if self.lost {
                    Verdict::Void(outcome)
                } else {
                    Verdict::Done(outcome)
                }
            }
            Mark::Revision if self.lost => {
                let mut failed = conflict.failed.iter();
                if failed.any(|failed| failed.current == Some(own)) {
                    return Verdict::AppliedBefore;
                }
                Verdict::Done(Err(unsettled(
                    "its conditions do not hold any more, and its own revision does not stand there: it was not \
                     applied, or somebody has written since",
                )))
            }
            Mark::Revision | Mark::Repeatable | Mark::Nothing => {
                Verdict::Done(Ok(Outcome::Conflict(conflict)))
            }
        }
    }

    /// A commit that writes again, as it stands, the entry that shows that this one was applied; where nothing does, none.
    ///
    /// # Errors
    /// None that a key could have which stood in a commit before.
    pub(super) fn confirmation(&self) -> Result<Option<Commit>> {
        let own = self.commit.revision();
        let shows = |mutation: &&Mutation| {
            match &self.mark {
            Mark::Receipt(receipt) => *mutation.key() == receipt.key,
            Mark::Revision => self.commit.conditions().iter().any(|condition| {
                matches!(condition, Condition::Revision(key, _) if key == mutation.key())
            }),
            Mark::Repeatable | Mark::Nothing => false,
        }
        };
        let Some(Mutation::Put { key, value, .. }) = self.commit.mutations().iter().find(shows)
        else {
            return Ok(None);
        };
        let mut commit = Commit::new(own, self.commit.scope());
        commit.require(Condition::Revision(key.clone(), own))?;
        commit.apply(Mutation::Put {
            key: key.clone(),
            value: value.clone(),
            expiry: Expiry::Keep,
        })?;
        Ok(Some(commit))
    }

    /// The error of a commit that is not sent any more.
    pub(super) fn given_up(&self, error: Error) -> Error {
        if self.lost && error.kind() != ErrorKind::OutcomeUnknown {
            unsettled("the attempts after that came to nothing").with_source(error)
        } else {
            error
        }
    }
}

pub(super) fn is_taken_by(conflict: &Conflict, index: usize, revision: Revision) -> bool {
    conflict
        .failed
        .iter()
        .any(|failed| failed.index == index && failed.current == Some(revision))
}

pub(super) fn unsettled(why: &'static str) -> Error {
    Error::new(
        ErrorKind::OutcomeUnknown,
        format!(
            "the answer to a first attempt was lost, and whether it was applied could not be settled: {why}; read what \
             stands there before you send it again"
        ),
    )
}

fn is_repeatable(commit: &Commit) -> bool {
    match commit.mutations() {
        [] => true,
        [Mutation::Put { .. } | Mutation::Delete { .. } | Mutation::Touch { .. }] => {
            commit.conditions().is_empty()
        }
        _ => false,
    }
}

fn replaces_what_it_requires(commit: &Commit) -> bool {
    let mutations = commit.mutations();
    let replaced = |condition: &Condition| match condition {
        Condition::Revision(key, revision) => {
            *revision != commit.revision() && mutations.iter().any(|mutation| mutation.key() == key)
        }
        Condition::Absent(_) | Condition::Present(_) => false,
    };
    mutations
        .iter()
        .all(|mutation| matches!(mutation, Mutation::Put { .. }))
        && commit.conditions().iter().any(replaced)
}
