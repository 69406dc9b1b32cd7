use std::str::FromStr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use typed_state::backend::Notify;
use typed_state::{ErrorKind, Result, Store};

use super::{Event, Sections, TTL};

/// After a failure that may pass.
const PAUSE: Duration = Duration::from_millis(20);
/// How long a worker waits for the lock before it asks again.
const PATIENCE: Duration = Duration::from_secs(5);

/// How a section writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Through the guard, as it should.
    Guarded,
    /// Under the lock but past its guard, which is what guards are there against.
    Unguarded,
}

/// What a worker does with the time of its sections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moves {
    /// It takes a few milliseconds.
    Quick,
    /// Now and then it sleeps for longer than its grant lives, and renews nothing meanwhile, as if its process were paused.
    Sleepy,
}

impl Way {
    /// As [`FromStr`] reads it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Guarded => "guarded",
            Self::Unguarded => "unguarded",
        }
    }
}

impl FromStr for Way {
    type Err = String;

    fn from_str(name: &str) -> std::result::Result<Self, String> {
        [Self::Guarded, Self::Unguarded]
            .into_iter()
            .find(|way| way.name() == name)
            .ok_or_else(|| format!("`{name}` is no way to write"))
    }
}

/// One that does sections.
#[derive(Debug)]
pub struct Worker<B> {
    /// Where the value and the lock are.
    pub store: Store<B>,
    /// The value.
    pub key: Sections,
    /// How it writes.
    pub way: Way,
    /// How long it takes.
    pub moves: Moves,
    /// What its pauses are drawn from.
    pub seed: u64,
}

impl<B: Notify> Worker<B> {
    /// Does sections until it is told to stop, and tells of each.
    ///
    /// # Errors
    /// One of the store that will not pass.
    ///
    /// Cancellation: it has stopped, wherever it was.
    pub async fn work(self, stop: &AtomicBool, mut tell: impl FnMut(Event) + Send) -> Result<()> {
        let mut random = StdRng::seed_from_u64(self.seed);
        while !stop.load(Ordering::Relaxed) {
            match self.section(&mut random, &mut tell).await {
                Err(error) if !passes(error.kind()) && !error.is_retryable() => return Err(error),
                Err(_) => tokio::time::sleep(PAUSE).await,
                Ok(()) => {}
            }
        }
        Ok(())
    }

    async fn section(
        &self,
        random: &mut StdRng,
        tell: &mut (impl FnMut(Event) + Send),
    ) -> Result<()> {
        let sleeps = self.moves == Moves::Sleepy && random.random_ratio(1, 25);
        let lock = self.store.lock(&self.key).ttl(TTL).renewed(!sleeps);
        let guard = lock.acquire_within(PATIENCE).await?;
        let fence = guard.fence().get();
        let mut fences = guard.get().await?.unwrap_or_default();
        tell(Event::Begun(fence));
        tokio::time::sleep(if sleeps {
            TTL.as_duration() * 3 / 2
        } else if random.random_ratio(1, 8) {
            Duration::from_millis(20)
        } else {
            Duration::from_micros(random.random_range(0..3_000))
        })
        .await;
        fences.0.push(fence);
        let written = match self.way {
            Way::Guarded => guard.put(&fences).await,
            Way::Unguarded => self.store.put(&self.key, &fences).await.map(drop),
        };
        tell(match &written {
            Ok(()) => Event::Done(fence),
            Err(error) if error.kind() == ErrorKind::OutcomeUnknown => Event::Unknown(fence),
            Err(_) => Event::Refused(fence),
        });
        written?;
        guard.release().await
    }
}

/// What happens to workers that are paused and cut off, and is no fault of the store.
const fn passes(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::LockLost | ErrorKind::OutcomeUnknown | ErrorKind::Timeout
    )
}
