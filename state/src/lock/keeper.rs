//! The task that keeps a grant alive, and notices when it is lost.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until, timeout_at};

use super::lease::{Grant, Loss, State, Tenure, surely};
use crate::backend::{Deadline, Ttl};
use crate::error::{Error, ErrorKind, Result};

/// What a holder asks of the keeper.
#[derive(Debug)]
pub(super) struct Extension {
    pub(super) ttl: Ttl,
    pub(super) answer: oneshot::Sender<Result<()>>,
}

/// Renews a third of the time to live after it was last renewed, until the lease is dropped or lost. All renewals go
/// through here, one after the other, so that the last that was sent is the last that is applied.
pub(super) async fn keep<G: Grant>(
    tenure: Arc<Tenure<G>>,
    ttl: Ttl,
    asked: Instant,
    mut requests: mpsc::Receiver<Extension>,
) {
    let mut keeper = Keeper {
        tenure,
        ttl,
        unsettled: None,
        next: asked + ttl.as_duration() / 3,
    };
    while keeper.tenure.state() == State::Held {
        let wake = keeper.wake();
        match timeout_at(wake, requests.recv()).await {
            Ok(Some(Extension { ttl, answer })) => {
                let extended = keeper.renew(ttl).await;
                // Who asked may have gone.
                drop(answer.send(extended));
            }
            Ok(None) => return,
            Err(_) if keeper.tenure.renews => drop(keeper.renew(keeper.ttl).await),
            Err(_) => keeper.expire_if_over(),
        }
    }
}

struct Keeper<G> {
    tenure: Arc<Tenure<G>>,
    ttl: Ttl,
    /// Up to when a renewal may still be applied whose answer was lost.
    unsettled: Option<Instant>,
    next: Instant,
}

impl<G: Grant> Keeper<G> {
    fn wake(&self) -> Instant {
        let ends = self.tenure.ends();
        if self.tenure.renews {
            self.next.min(ends)
        } else {
            ends
        }
    }

    fn expire_if_over(&self) {
        if Instant::now() >= self.tenure.ends() {
            self.tenure.lose(Loss::Expired);
        }
    }

    async fn renew(&mut self, ttl: Ttl) -> Result<()> {
        if ttl != self.ttl
            && let Some(until) = self.unsettled.take()
        {
            // A renewal for another time must not be applied after this one.
            sleep_until(until.min(self.tenure.ends())).await;
        }
        let asked = Instant::now();
        let ends = self.tenure.ends();
        if asked >= ends {
            self.tenure.lose(Loss::Expired);
            return Err(Error::lock_lost());
        }
        if ttl < self.ttl {
            self.tenure.set_end(ends.min(asked + surely(ttl)));
        }
        self.ttl = ttl;
        let attempt_ends = ends.min(asked + ttl.as_duration() / 3);
        let deadline = Deadline::at(attempt_ends.into_std());
        let renewal = self.tenure.grant.renew(ttl, deadline);
        match timeout_at(attempt_ends, renewal).await {
            Ok(Ok(true)) => {
                self.tenure.set_end(asked + surely(ttl));
                self.next = asked + ttl.as_duration() / 3;
                Ok(())
            }
            Ok(Ok(false)) => {
                self.tenure.lose(Loss::Taken);
                Err(Error::lock_lost())
            }
            Ok(Err(error)) => {
                self.again(attempt_ends);
                Err(error)
            }
            Err(elapsed) => {
                self.again(attempt_ends);
                Err(Error::new(
                    ErrorKind::Timeout,
                    "the store did not answer in time; the lock is renewed again while it is held",
                )
                .with_source(elapsed))
            }
        }
    }

    fn again(&mut self, unsettled: Instant) {
        self.unsettled = Some(unsettled);
        let pause =
            (self.ttl.as_duration() / 20).clamp(Duration::from_millis(1), Duration::from_secs(1));
        self.next = Instant::now() + pause;
        self.expire_if_over();
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::collections::VecDeque;
    use std::sync::Mutex;
    use std::time::Duration;

    use tokio::runtime::Handle;
    use tokio::time::{Instant, sleep, timeout};

    use super::*;
    use crate::lock::Fence;
    use crate::lock::lease::{Granted, Lease};
    use crate::store::LockCounts;

    /// What the store does with a renewal.
    #[derive(Debug, Clone, Copy)]
    enum Answer {
        Held,
        Gone,
        Fails,
        /// It never answers.
        Stalls,
    }

    /// A store that answers as it is told, then always the same, and notes when it was asked for what.
    #[derive(Debug)]
    struct Scripted {
        first: Mutex<VecDeque<Answer>>,
        then: Answer,
        begun: Instant,
        asked: Arc<Mutex<Vec<(u128, i64)>>>,
    }

    impl Grant for Scripted {
        async fn renew(&self, ttl: Ttl, deadline: Deadline) -> Result<bool> {
            let at = self.begun.elapsed().as_millis();
            self.asked.lock().unwrap().push((at, ttl.as_millis()));
            assert!(deadline.instant() > Instant::now().into_std());
            let next = self.first.lock().unwrap().pop_front();
            match next.unwrap_or(self.then) {
                Answer::Held => Ok(true),
                Answer::Gone => Ok(false),
                Answer::Fails => Err(Error::new(ErrorKind::Unavailable, "no")),
                Answer::Stalls => std::future::pending().await,
            }
        }

        async fn release(&self) -> Result<bool> {
            Ok(true)
        }
    }

    struct Trial {
        lease: Lease<Scripted>,
        asked: Arc<Mutex<Vec<(u128, i64)>>>,
        counts: Arc<LockCounts>,
        begun: Instant,
    }

    impl Trial {
        /// A grant of 9 s whose renewals are answered so.
        fn new(first: &[Answer], then: Answer, renews: bool) -> Self {
            let (begun, asked) = (Instant::now(), Arc::default());
            let grant = Scripted {
                first: Mutex::new(first.iter().copied().collect()),
                then,
                begun,
                asked: Arc::clone(&asked),
            };
            let granted = Granted {
                grant,
                fence: Fence::new(1),
                ttl: ttl(9),
                renews,
                asked: begun,
            };
            let counts = Arc::default();
            let lease = Lease::keep(granted, &Handle::current(), &counts);
            Self {
                lease,
                asked,
                counts,
                begun,
            }
        }

        /// The seconds after which it is lost, and why.
        async fn lost_after(&self) -> (f32, Loss) {
            let loss = self.lease.lost().await;
            assert!(!self.lease.is_held());
            assert_eq!(self.counts.read().lost, 1);
            (self.begun.elapsed().as_secs_f32(), loss)
        }

        fn asked(&self) -> Vec<(u128, i64)> {
            self.asked.lock().unwrap().clone()
        }
    }

    fn ttl(seconds: u64) -> Ttl {
        Ttl::new(Duration::from_secs(seconds)).unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn it_is_renewed_each_third_of_its_time() {
        let trial = Trial::new(&[], Answer::Held, true);
        sleep(Duration::from_secs(100)).await;
        assert!(trial.lease.is_held());
        assert!(trial.lease.remaining() > Duration::from_millis(5_800));
        let asked = trial.asked();
        assert_eq!(asked.len(), 33);
        assert_eq!(asked.first(), Some(&(3_000, 9_000)));
        drop(trial.lease);
        sleep(Duration::from_secs(100)).await;
        assert_eq!(
            trial.asked.lock().unwrap().len(),
            33,
            "a dropped one is not renewed"
        );
        assert_eq!(trial.counts.read().held, 0);
    }

    #[tokio::test(start_paused = true)]
    async fn it_is_lost_before_its_time_is_over_where_the_store_does_not_answer() {
        for then in [Answer::Fails, Answer::Stalls] {
            let trial = Trial::new(&[], then, true);
            let (after, loss) = trial.lost_after().await;
            assert!((8.89..8.92).contains(&after), "after {after} s");
            assert_eq!(loss, Loss::Expired);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn failures_that_pass_lose_nothing() {
        let trial = Trial::new(
            &[Answer::Fails, Answer::Fails, Answer::Stalls],
            Answer::Held,
            true,
        );
        sleep(Duration::from_secs(30)).await;
        assert!(trial.lease.is_held());
    }

    #[tokio::test(start_paused = true)]
    async fn it_is_lost_at_once_where_the_store_says_so() {
        let trial = Trial::new(&[Answer::Held], Answer::Gone, true);
        let (after, loss) = trial.lost_after().await;
        assert!((5.99..6.01).contains(&after), "after {after} s");
        assert_eq!(loss, Loss::Taken);
        let refused = trial.lease.extend(ttl(20)).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::LockLost);
    }

    #[tokio::test(start_paused = true)]
    async fn without_renewal_it_ends() {
        let trial = Trial::new(&[], Answer::Held, false);
        trial.lease.extend(ttl(20)).await.unwrap();
        let (after, loss) = trial.lost_after().await;
        assert!((19.79..19.81).contains(&after), "after {after} s");
        assert_eq!((loss, trial.asked().len()), (Loss::Expired, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn a_longer_time_is_asked_for_when_no_shorter_one_can_come_after_it() {
        // The first renewal, at 3 s, may be applied until 6 s.
        let trial = Trial::new(&[Answer::Stalls], Answer::Held, true);
        sleep(Duration::from_millis(3_500)).await;
        trial.lease.extend(ttl(60)).await.unwrap();
        let asked = trial.asked();
        assert_eq!(asked.get(..2), Some(&[(3_000, 9_000), (6_000, 60_000)][..]));
        assert!(trial.lease.remaining() > Duration::from_secs(59));
    }

    #[tokio::test(start_paused = true)]
    async fn a_shorter_time_counts_even_if_the_store_did_not_say_so() {
        let trial = Trial::new(&[], Answer::Stalls, false);
        let refused = trial.lease.extend(ttl(3)).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Timeout, "{refused}");
        let (after, _) = trial.lost_after().await;
        assert!((2.96..2.98).contains(&after), "after {after} s");
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_ends_a_wait_for_a_loss_but_a_loss() {
        let trial = Trial::new(&[], Answer::Held, true);
        assert!(
            timeout(Duration::from_secs(100), trial.lease.lost())
                .await
                .is_err()
        );
    }
}
