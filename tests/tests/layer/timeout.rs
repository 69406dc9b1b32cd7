//! A deadline for every operation, and an answer soon after it.

use std::time::Duration;

use tokio::time::Instant;
use typed_state::backend::{Backend, Commit, Context, Deadline, Revision, Scope, WriteBatch};
use typed_state::layer::{Layer as _, Timeout, TimeoutLayer};
use typed_state::{ErrorKind, Result};
use typed_state_tests::{Act, Scripted};

const LIMIT: Duration = Duration::from_secs(2);
/// A call that is never answered is cut off so long after its deadline, and a tick of the timer.
const GRACE: Duration = Duration::from_millis(52);

fn timed() -> Timeout<Scripted> {
    TimeoutLayer::new(LIMIT).over(Scripted::default())
}

fn deadline(after: Duration) -> Deadline {
    Deadline::at(Instant::now().into_std() + after)
}

fn empty() -> Commit {
    Commit::new(Revision::from_bits(1), Scope::Partition)
}

#[tokio::test(start_paused = true)]
async fn a_call_without_deadline_gets_one_and_a_callers_own_stands() {
    let store = timed();
    let given = deadline(LIMIT);
    store.get(&Context::new(), &[]).await.unwrap();
    for own in [Duration::from_secs(1), Duration::from_hours(1)] {
        let own = deadline(own);
        let cx = Context::new().with_deadline(own);
        store.get(&cx, &[]).await.unwrap();
        assert_eq!(store.inner().seen().last().unwrap().deadline, Some(own));
    }
    let seen = store.inner().seen()[0].deadline.unwrap().instant();
    assert!(seen.duration_since(given.instant()) < Duration::from_millis(100));
}

#[tokio::test]
async fn a_limit_that_no_clock_holds_is_none() {
    let store = TimeoutLayer::new(Duration::MAX).over(Scripted::default());
    store.get(&Context::new(), &[]).await.unwrap();
    assert_eq!(store.inner().seen()[0].deadline, None);
}

/// The kind of a call that was the so-many-th to be cut off.
fn cut<T>(begun: Instant, calls: u32, answer: Result<T>) -> ErrorKind {
    let taken = begun.elapsed();
    assert!(
        taken >= LIMIT * calls && taken <= (LIMIT + GRACE) * calls,
        "{taken:?}"
    );
    answer.err().unwrap().kind()
}

#[tokio::test(start_paused = true)]
async fn a_store_that_never_answers_is_left_alone() {
    let store = timed();
    store.inner().script((0..6).map(|_| Act::Hang));
    let cx = Context::new();
    let begun = Instant::now();

    let read = store.get(&cx, &[]).await;
    assert_eq!(cut(begun, 1, read), ErrorKind::Timeout);
    let commit = store.commit(&cx, empty()).await;
    assert_eq!(cut(begun, 2, commit), ErrorKind::OutcomeUnknown);
    let mut many = store.commit_many(&cx, vec![empty(), empty()]).await;
    assert_eq!(many.len(), 2);
    assert_eq!(
        cut(begun, 3, many.pop().unwrap()),
        ErrorKind::OutcomeUnknown
    );
    let batch = WriteBatch {
        revision: Revision::from_bits(1),
        writes: Vec::new(),
    };
    let write = store.write(&cx, batch).await;
    assert_eq!(cut(begun, 4, write), ErrorKind::OutcomeUnknown);
    let snapshot = store.snapshot(&cx, None).await;
    assert_eq!(cut(begun, 5, snapshot), ErrorKind::Timeout);
    let health = store.health(&cx).await;
    assert_eq!(cut(begun, 6, health), ErrorKind::Timeout);
}

#[tokio::test(start_paused = true)]
async fn an_answer_in_time_is_given() {
    let store = timed();
    let (told, message) = tokio::sync::oneshot::channel();
    store.inner().script([Act::Hold(message)]);
    let later = async {
        tokio::time::sleep(LIMIT).await;
        told.send(ErrorKind::Unavailable).unwrap();
    };
    let cx = Context::new();
    let (answer, ()) = tokio::join!(store.get(&cx, &[]), later);
    assert_eq!(answer.unwrap_err().kind(), ErrorKind::Unavailable);
}
