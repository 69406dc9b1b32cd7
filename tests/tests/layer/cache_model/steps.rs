//! Calls that wait for the next step before and after.

use std::future::poll_fn;
use std::task::Poll;

use typed_state::Result;
use typed_state::backend::{Commit, Context, Outcome};

/// Waits for the next step.
pub(crate) async fn step() {
    let mut stepped = false;
    poll_fn(|_| {
        if std::mem::replace(&mut stepped, true) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
}

pub(crate) async fn stepped<T>(call: impl Future<Output = T>) -> T {
    step().await;
    let answer = call.await;
    step().await;
    answer
}

/// What decides commits at once.
pub(crate) trait Decide {
    fn decide(&self, cx: &Context, commit: Commit) -> impl Future<Output = Result<Outcome>> + Send;
}

/// Several commits, with a step before each and one after all.
pub(crate) async fn in_steps(
    client: &(impl Decide + Sync),
    cx: &Context,
    commits: Vec<Commit>,
) -> Vec<Result<Outcome>> {
    let mut outcomes = Vec::new();
    for commit in commits {
        step().await;
        outcomes.push(client.decide(cx, commit).await);
    }
    step().await;
    outcomes
}
