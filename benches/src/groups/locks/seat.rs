//! Who locks, and how.

use std::future::Future;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use redis::{AsyncCommands as _, ExistenceCheck, Script, SetExpiry, SetOptions};
use rslock::LockManager;
use typed_state::backends::Redis;
use typed_state::lock::LockGuard;
use typed_state::{StateKey, Store};

use crate::Result;
use crate::groups::redis::peers::Multiplexed;

/// What is locked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, StateKey)]
#[state(namespace = "seat", value = u64)]
pub(super) struct Seat {
    pub(super) number: u64,
}

/// How long a lock lives.
const TTL: Duration = Duration::from_secs(10);

/// One that locks.
pub(super) trait Locks: Clone + Send + 'static {
    type Held: Send + 'static;

    /// Locks, and waits for it.
    fn acquire(&mut self, seat: u64) -> impl Future<Output = Result<Self::Held>> + Send;

    fn release(&mut self, held: Self::Held) -> impl Future<Output = Result<()>> + Send;
}

#[derive(Clone)]
pub(super) struct Ours(pub(super) Store<Redis>);

impl Locks for Ours {
    type Held = LockGuard<Redis, Seat>;

    async fn acquire(&mut self, number: u64) -> Result<Self::Held> {
        Ok(self.0.lock(&Seat { number }).acquire().await?)
    }

    async fn release(&mut self, held: Self::Held) -> Result<()> {
        Ok(held.release().await?)
    }
}

/// `SET NX PX` of a number of its own, and a script that deletes it where it still stands. It renews nothing, tells nobody of a
/// release, and its holder is not told of a loss.
#[derive(Clone)]
pub(super) struct Hand(pub(super) Multiplexed);

static RELEASE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
         return 0",
    )
});

impl Locks for Hand {
    type Held = (String, u64);

    async fn acquire(&mut self, seat: u64) -> Result<Self::Held> {
        static TOKENS: AtomicU64 = AtomicU64::new(0);
        let token = TOKENS.fetch_add(1, Ordering::Relaxed);
        let key = format!("seat:{seat}");
        let millis = u64::try_from(TTL.as_millis())?;
        let options = SetOptions::default()
            .conditional_set(ExistenceCheck::NX)
            .with_expiration(SetExpiry::PX(millis));
        let connection = self.0.connection();
        let granted: Option<String> = connection.set_options(&key, token, options).await?;
        granted.ok_or("somebody else has it")?;
        Ok((key, token))
    }

    async fn release(&mut self, (key, token): Self::Held) -> Result<()> {
        let mut call = RELEASE.prepare_invoke();
        let released = call.key(key).arg(token);
        let released: bool = released.invoke_async(self.0.connection()).await?;
        if released {
            Ok(())
        } else {
            Err("it was lost".into())
        }
    }
}

/// The library. It looks again after a random time of up to 200 ms.
#[derive(Clone)]
pub(super) struct Rslock(LockManager);

impl Rslock {
    pub(super) fn new(url: String) -> Self {
        Self(LockManager::new(vec![url]))
    }
}

impl Locks for Rslock {
    type Held = rslock::LockGuard;

    async fn acquire(&mut self, seat: u64) -> Result<Self::Held> {
        let key = format!("rslock:{seat}");
        Ok(self.0.acquire(key.as_str(), TTL).await?)
    }

    async fn release(&mut self, held: Self::Held) -> Result<()> {
        held.release().await;
        Ok(())
    }
}
