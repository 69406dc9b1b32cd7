//! That one restore of a store goes on at a time: the lock of the marker, renewed while there is work.

use std::time::Duration;

use tokio::time::Instant;

use super::marker;
use crate::backend::{Backend, Ttl};
use crate::error::{Error, ErrorKind, Result};
use crate::lock::LockGuard;
use crate::store::Store;

/// How long it lasts when nobody renews it: so long the next waits where a restore died.
const LASTS: Duration = Duration::from_secs(15);
/// How much of it is left at the least when something is written.
const LEFT: Duration = Duration::from_secs(10);
/// How long another's is waited for: until it has expired, and some more.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often one that somebody else has is looked at.
const POLL: Duration = Duration::from_millis(50);

/// The right to write to a store that is restored.
///
/// It does not renew itself: a restore that stands still loses it, though its runtime lives.
#[derive(Debug)]
pub(super) struct Lease<B: Backend>(LockGuard<B, ()>);

impl<B: Backend> Lease<B> {
    /// Takes it, once another's has expired or was given back.
    ///
    /// # Errors
    /// [`ErrorKind::Conflict`] where another restore lives.
    pub(super) async fn take(store: &Store<B>) -> Result<Self> {
        let lock = store.lock_of_entry(marker::key()?);
        let lock = lock.ttl(Ttl::new(LASTS)?).renewed(false);
        let asked = Instant::now();
        loop {
            if let Some(guard) = lock.try_acquire().await? {
                return Ok(Self(guard));
            }
            if asked.elapsed() > PATIENCE {
                return Err(Error::new(
                    ErrorKind::Conflict,
                    "another restore of this store goes on; nothing was changed: wait for its end",
                ));
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Renews it where it is time to; to be called before whatever is written.
    ///
    /// # Errors
    /// [`ErrorKind::Conflict`] where it has expired, so that another restore may go on.
    pub(super) async fn keep(&self) -> Result<()> {
        if self.0.remaining() > LEFT {
            return Ok(());
        }
        let renewed = self.0.extend(Ttl::new(LASTS)?).await;
        renewed.map_err(|error| match error.kind() {
            ErrorKind::LockLost => Error::new(
                ErrorKind::Conflict,
                "this restore stood still for so long that another may go on, so it ended; call `restore` again",
            ),
            _ => error,
        })
    }

    /// Gives it back; where that fails it expires.
    pub(super) async fn end(self) {
        let _ = self.0.release().await;
    }
}
