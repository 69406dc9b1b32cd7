use super::attempt::{Again, Attempts};
use super::backend::Retry;
use super::pledge::{Mark, Pledge, Verdict, is_taken_by, unsettled};
use super::receipt::outlived;
use crate::backend::{Backend, Commit, Context, Outcome};
use crate::error::{Error, ErrorKind, Result};

/// One of several commits: under way, with the error of its last attempt, or done.
#[allow(
    clippy::large_enum_variant,
    reason = "most are under way, and there are as many as commits"
)]
enum Slot {
    Open(Pledge, Option<Error>),
    Done(Result<Outcome>),
}

impl<B: Backend> Retry<B> {
    pub(super) async fn settle(&self, cx: &Context, commit: Commit) -> Result<Outcome> {
        let options = &self.policy.options;
        let mut pledge = Pledge::new(commit, options);
        let cx = if pledge.has_receipt() {
            outlived(cx, options)
        } else {
            *cx
        };
        let mut attempts = Attempts::new(&self.policy, cx);
        loop {
            let commit = pledge.commit.clone();
            let answer = self.inner.commit(&attempts.context(), commit).await;
            match pledge.judge(answer) {
                Verdict::Again(error) => attempts
                    .again(error, Again::Unknown)
                    .await
                    .map_err(|error| pledge.given_up(error))?,
                verdict => return self.conclude(&mut attempts, &pledge, verdict).await,
            }
        }
    }

    pub(super) async fn settle_many(
        &self,
        cx: &Context,
        commits: Vec<Commit>,
    ) -> Vec<Result<Outcome>> {
        let options = &self.policy.options;
        let mut receipts = false;
        let mut slots: Vec<Slot> = commits
            .into_iter()
            .map(|commit| {
                let pledge = Pledge::new(commit, options);
                receipts |= pledge.has_receipt();
                Slot::Open(pledge, None)
            })
            .collect();
        let cx = if receipts { outlived(cx, options) } else { *cx };
        let mut attempts = Attempts::new(&self.policy, cx);
        loop {
            let sent = slots.iter().filter_map(Slot::commit).cloned().collect();
            let answers = self.inner.commit_many(&attempts.context(), sent).await;
            let failures = self.conclude_each(&mut attempts, &mut slots, answers).await;
            if failures.is_empty() || !attempts.pause(&failures).await {
                break;
            }
        }
        slots.into_iter().map(Slot::end).collect()
    }

    /// Judges the answers to those that are under way; gives how those failed that are to be sent again.
    async fn conclude_each(
        &self,
        attempts: &mut Attempts<'_>,
        slots: &mut [Slot],
        answers: Vec<Result<Outcome>>,
    ) -> Vec<ErrorKind> {
        let mut answers = answers.into_iter();
        let mut failures = Vec::new();
        for slot in slots {
            let Slot::Open(pledge, last) = slot else {
                continue;
            };
            let answer = answers.next().unwrap_or_else(|| {
                Err(unsettled(
                    "the backend gave fewer answers than there were commits",
                ))
            });
            match pledge.judge(answer) {
                Verdict::Again(error) => {
                    failures.push(error.kind());
                    *last = Some(error);
                }
                verdict => *slot = Slot::Done(self.conclude(attempts, pledge, verdict).await),
            }
        }
        failures
    }

    /// What became of a commit that is not to be sent again.
    async fn conclude(
        &self,
        attempts: &mut Attempts<'_>,
        pledge: &Pledge,
        verdict: Verdict,
    ) -> Result<Outcome> {
        match verdict {
            Verdict::Done(answer) => {
                if answer.is_ok() {
                    self.policy.budget.succeeded();
                }
                answer
            }
            // Apart, so that a commit that goes well carries none of it.
            Verdict::AppliedBefore => Box::pin(self.rebuild(attempts, pledge)).await,
            Verdict::Void(answer) => Box::pin(self.void(attempts, pledge, answer)).await,
            Verdict::Again(error) => Err(error),
        }
    }

    /// Makes sure that no earlier attempt applies any more, and gives this answer; unless one has applied.
    async fn void(
        &self,
        attempts: &mut Attempts<'_>,
        pledge: &Pledge,
        answer: Result<Outcome>,
    ) -> Result<Outcome> {
        let Mark::Receipt(receipt) = &pledge.mark else {
            return answer;
        };
        let void = receipt.void(pledge.commit.scope(), &self.policy.options)?;
        let conflict = match self.commit_again(attempts, &void).await {
            Ok(Outcome::Applied(_)) => return answer,
            Ok(Outcome::Conflict(conflict)) => conflict,
            Err(error) => {
                return Err(unsettled("its receipt could not be looked at").with_source(error));
            }
        };
        if is_taken_by(&conflict, 0, pledge.commit.revision()) {
            return self.rebuild(attempts, pledge).await;
        }
        if is_taken_by(&conflict, 0, void.revision()) {
            return answer;
        }
        Err(unsettled(
            "something else stands in the place of its receipt",
        ))
    }

    /// Sends a commit that may be applied twice, with the attempts that are left.
    pub(super) async fn commit_again(
        &self,
        attempts: &mut Attempts<'_>,
        commit: &Commit,
    ) -> Result<Outcome> {
        let send = |cx: Context| {
            let commit = commit.clone();
            async move { self.inner.commit(&cx, commit).await }
        };
        attempts.run(Again::Unknown, send).await
    }
}

impl Slot {
    const fn commit(&self) -> Option<&Commit> {
        match self {
            Self::Open(pledge, _) => Some(&pledge.commit),
            Self::Done(_) => None,
        }
    }

    fn end(self) -> Result<Outcome> {
        match self {
            Self::Done(answer) => answer,
            Self::Open(pledge, Some(error)) => Err(pledge.given_up(error)),
            Self::Open(_, None) => Err(unsettled("it was never answered")),
        }
    }
}
