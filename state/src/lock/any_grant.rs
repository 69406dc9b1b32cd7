//! A grant whose provider is not in its type, so that one guard does for all.

use std::fmt;

use futures_util::future::BoxFuture;

use super::lease::{Grant, Granted};
use crate::backend::{Deadline, Ttl};
use crate::error::Result;

/// A grant of any provider.
pub(crate) struct AnyGrant(Box<dyn Erased>);

/// A [`Grant`] that can be a trait object.
trait Erased: fmt::Debug + Send + Sync {
    fn renew(&self, ttl: Ttl, deadline: Deadline) -> BoxFuture<'_, Result<bool>>;
    fn release(&self) -> BoxFuture<'_, Result<bool>>;
}

impl<G: Grant> Erased for G {
    fn renew(&self, ttl: Ttl, deadline: Deadline) -> BoxFuture<'_, Result<bool>> {
        Box::pin(Grant::renew(self, ttl, deadline))
    }

    fn release(&self) -> BoxFuture<'_, Result<bool>> {
        Box::pin(Grant::release(self))
    }
}

impl Grant for AnyGrant {
    async fn renew(&self, ttl: Ttl, deadline: Deadline) -> Result<bool> {
        self.0.renew(ttl, deadline).await
    }

    async fn release(&self) -> Result<bool> {
        self.0.release().await
    }
}

impl<G: Grant> Granted<G> {
    /// The same without the provider's type.
    pub(crate) fn erased(self) -> Granted<AnyGrant> {
        Granted {
            grant: AnyGrant(Box::new(self.grant)),
            fence: self.fence,
            ttl: self.ttl,
            renews: self.renews,
            asked: self.asked,
        }
    }
}

impl fmt::Debug for AnyGrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
