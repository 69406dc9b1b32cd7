use typed_state::backend::{Backend as _, Commit, Context, Effect, Outcome};
use typed_state::{Error, ErrorKind, Result};

use super::commits::build;
use super::{Flaw, Flawed};

/// What is lost of a group that has more.
const ENOUGH: usize = 900;

impl Flawed {
    pub(super) async fn flawed_commit_many(
        &self,
        cx: &Context,
        mut commits: Vec<Commit>,
    ) -> Vec<Result<Outcome>> {
        let cx = match self.flaw {
            Flaw::ManyIgnoreDeadline => Context::new(),
            _ => *cx,
        };
        let nothing = || Ok(Outcome::Applied([].into_iter().collect()));
        if self.has(Flaw::ManyAnswerNobody) && commits.is_empty() {
            return vec![nothing()];
        }
        let lost = (self.has(Flaw::ManyLoseTheLast) && commits.len() > ENOUGH)
            .then(|| commits.pop())
            .flatten();
        let mut outcomes = match self.flaw {
            Flaw::ManyCheckFirst => self.check_first(&cx, &commits).await,
            Flaw::ManySeeExpired => self.see_expired(&cx, &commits).await,
            _ => self.one_after_the_other(&cx, commits).await,
        };
        if lost.is_some() {
            outcomes.push(Ok(Outcome::Applied([Effect::Put].into_iter().collect())));
        }
        if self.has(Flaw::ManyAnswerBackwards) {
            outcomes.reverse();
        }
        outcomes
    }

    async fn one_after_the_other(
        &self,
        cx: &Context,
        commits: Vec<Commit>,
    ) -> Vec<Result<Outcome>> {
        let mut outcomes = Vec::with_capacity(commits.len());
        let mut stopped = false;
        for commit in commits {
            if stopped {
                let message = "one before it failed";
                outcomes.push(Err(Error::new(ErrorKind::Unavailable, message)));
                continue;
            }
            let outcome = self.commit(cx, commit).await;
            let failed = !matches!(outcome, Ok(Outcome::Applied(_)));
            stopped = failed && self.has(Flaw::ManyStopAtAFailure);
            outcomes.push(outcome);
        }
        outcomes
    }

    /// Looks at all conditions before any mutation applies.
    async fn check_first(&self, cx: &Context, commits: &[Commit]) -> Vec<Result<Outcome>> {
        let mut outcomes = Vec::with_capacity(commits.len());
        for commit in commits {
            let conditions = build(commit.revision(), commit.conditions(), &[]);
            outcomes.push(self.inner.commit(cx, conditions.expect("as before")).await);
        }
        for (commit, outcome) in commits.iter().zip(&mut outcomes) {
            if matches!(outcome, Ok(Outcome::Applied(_))) {
                let mutations = build(commit.revision(), &[], commit.mutations());
                *outcome = self.inner.commit(cx, mutations.expect("as before")).await;
            }
        }
        outcomes
    }

    async fn see_expired(&self, cx: &Context, commits: &[Commit]) -> Vec<Result<Outcome>> {
        let mut outcomes = Vec::with_capacity(commits.len());
        for commit in commits {
            let conditions = build(commit.revision(), commit.conditions(), &[]);
            let checked = self.shadow.commit(cx, conditions.expect("as before")).await;
            outcomes.push(match checked {
                Ok(Outcome::Applied(_)) => {
                    let mutations = build(commit.revision(), &[], commit.mutations());
                    self.inner.commit(cx, mutations.expect("as before")).await
                }
                other => other,
            });
        }
        outcomes
    }
}
