use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use arc_swap::ArcSwapOption;
use futures_util::future::BoxFuture;
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio::time::{sleep_until, timeout_at};

use super::connection::{Connection, Wire};
use super::failure::{Failure, Kind};

/// Attempts to connect are at least this far apart …
const SHORTEST_DELAY: Duration = Duration::from_millis(50);
/// … and while they fail, further and further, up to this.
const LONGEST_DELAY: Duration = Duration::from_millis(500);

/// What a lane holds.
pub(super) trait Ends: Send + Sync + 'static {
    fn has_ended(&self) -> bool;
    fn close(&self);
}

/// Makes what a lane holds.
pub(super) type Connect<T> = Box<dyn Fn() -> BoxFuture<'static, Result<T, Failure>> + Send + Sync>;

type Made<T> = Result<Arc<T>, Failure>;

/// One that is under way, and what it comes to.
type Attempt<T> = (AbortHandle, watch::Receiver<Option<Made<T>>>);

/// One connection that is replaced when it ends.
///
/// The replacement is one attempt that all who need the connection wait for, and that none of them can cancel. Whatever
/// it fails with, the next who needs the connection has it tried again.
pub(super) struct Lane<T>(Arc<Inner<T>>);

struct Inner<T> {
    current: ArcSwapOption<T>,
    connect: Connect<T>,
    attempts: Mutex<Attempts<T>>,
}

struct Attempts<T> {
    running: Option<Attempt<T>>,
    /// In a row.
    failures: u32,
    /// The last of them.
    failure: Option<Failure>,
    earliest: Instant,
    closed: bool,
}

impl<T: Ends> Lane<T> {
    pub(super) fn new(connect: Connect<T>) -> Self {
        Self(Arc::new(Inner {
            current: ArcSwapOption::empty(),
            connect,
            attempts: Mutex::new(Attempts {
                running: None,
                failures: 0,
                failure: None,
                earliest: Instant::now(),
                closed: false,
            }),
        }))
    }

    /// The connection, if there is one.
    pub(super) fn current(&self) -> Option<Arc<T>> {
        let current = self.0.current.load();
        current
            .as_ref()
            .filter(|it| !it.has_ended())
            .map(Arc::clone)
    }

    /// The connection, made where there is none.
    ///
    /// Cancellation: the attempt goes on.
    pub(super) async fn get(&self, deadline: Instant) -> Made<T> {
        if let Some(current) = self.current() {
            return Ok(current);
        }
        Box::pin(self.made(deadline)).await
    }

    async fn made(&self, deadline: Instant) -> Made<T> {
        let mut attempt = match self.0.attempt() {
            Ok(attempt) => attempt,
            Err(made) => return made,
        };
        let made = match timeout_at(deadline.into(), attempt.wait_for(Option::is_some)).await {
            Ok(Ok(made)) => made.clone(),
            Ok(Err(_)) => None,
            // Why there is none says more than that there is none yet.
            Err(_) => return Err(self.0.failure().unwrap_or_else(late)),
        };
        made.unwrap_or_else(|| {
            let message = "connecting was given up, or ended with the runtime that it ran on";
            Err(Failure::not_sent(Kind::Unreachable, message))
        })
    }

    /// Ends the connection, or the attempt at one; the next who needs one has it made. A server that hangs keeps an attempt
    /// waiting for longer than anybody should who could go elsewhere.
    pub(super) fn reset(&self) {
        if let Some((attempt, _)) = self.0.lock().running.take() {
            attempt.abort();
        }
        if let Some(current) = self.0.current.swap(None) {
            current.close();
        }
    }

    /// Ends the connection for good.
    pub(super) fn close(&self) {
        self.0.lock().closed = true;
        self.reset();
    }
}

impl<T: Ends> Inner<T> {
    /// The attempt that is under way, or a new one; what is there already instead.
    fn attempt(self: &Arc<Self>) -> Result<watch::Receiver<Option<Made<T>>>, Made<T>> {
        let mut attempts = self.lock();
        if attempts.closed {
            let message = "the connections to this server are closed";
            return Err(Err(Failure::not_sent(Kind::Unserved, message)));
        }
        let current = self.current.load_full().filter(|it| !it.has_ended());
        if let Some(current) = current {
            return Err(Ok(current));
        }
        // An attempt whose runtime has ended is under way no more.
        let running = attempts.running.as_ref();
        if let Some((_, running)) = running.filter(|(_, it)| it.has_changed().is_ok()) {
            return Ok(running.clone());
        }
        let (done, running) = watch::channel(None);
        let (lane, earliest) = (Arc::clone(self), attempts.earliest);
        let attempt = tokio::spawn(async move {
            sleep_until(earliest.into()).await;
            let begun = Instant::now();
            let made = (lane.connect)().await;
            done.send_replace(Some(lane.finish(begun, made)));
        });
        attempts.running = Some((attempt.abort_handle(), running.clone()));
        Ok(running)
    }

    fn finish(&self, begun: Instant, made: Result<T, Failure>) -> Made<T> {
        let mut attempts = self.lock();
        attempts.running = None;
        match made {
            Ok(made) if attempts.closed => {
                made.close();
                let message = "the connections to this server were closed";
                Err(Failure::not_sent(Kind::Unserved, message))
            }
            Ok(made) => {
                let made = Arc::new(made);
                attempts.failures = 0;
                attempts.failure = None;
                attempts.earliest = begun + SHORTEST_DELAY;
                self.current.store(Some(Arc::clone(&made)));
                Ok(made)
            }
            Err(failure) => {
                if attempts.failures == 0 {
                    tracing::warn!(%failure, "no connection to Redis");
                }
                let delay = SHORTEST_DELAY * 2_u32.saturating_pow(attempts.failures.min(8));
                attempts.earliest = Instant::now() + delay.min(LONGEST_DELAY);
                attempts.failures += 1;
                attempts.failure = Some(failure.clone());
                Err(failure)
            }
        }
    }

    fn failure(&self) -> Option<Failure> {
        self.lock().failure.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Attempts<T>> {
        self.attempts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn late() -> Failure {
    Failure::late("the deadline passed while connecting")
}

impl Ends for Wire {
    fn has_ended(&self) -> bool {
        self.has_ended()
    }

    fn close(&self) {
        self.close();
    }
}

impl Ends for Connection {
    fn has_ended(&self) -> bool {
        self.wire().has_ended()
    }

    fn close(&self) {
        self.wire().close();
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::pending;
    use tokio::join;

    use super::*;

    struct Never;

    impl Ends for Never {
        fn has_ended(&self) -> bool {
            false
        }

        fn close(&self) {}
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_for_a_server_that_hangs_is_let_go_when_the_lane_is_reset() {
        let lane = Lane::<Never>::new(Box::new(|| Box::pin(pending())));
        let begun = tokio::time::Instant::now();
        let deadline = Instant::now() + Duration::from_secs(3);
        let reset = async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            lane.reset();
        };
        let (made, ()) = join!(lane.get(deadline), reset);
        let failure = made.err().unwrap();
        assert_eq!(failure.kind, Kind::Unreachable);
        assert!(begun.elapsed() < Duration::from_secs(2), "{failure}");
    }
}
