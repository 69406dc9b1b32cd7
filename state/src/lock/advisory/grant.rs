use tokio::sync::Mutex;

use super::super::lease::Grant;
use crate::backend::{Deadline, Ttl};
use crate::backends::AdvisorySession;
use crate::error::Result;

/// A lock that the server holds for a connection.
#[derive(Debug)]
pub(super) struct AdvisoryGrant {
    number: i64,
    /// None once it is of no more use: where a request was given up the lock went with it.
    session: Mutex<Option<AdvisorySession>>,
}

impl AdvisoryGrant {
    pub(super) fn new(number: i64, session: AdvisorySession) -> Self {
        Self {
            number,
            session: Mutex::new(Some(session)),
        }
    }
}

impl Grant for AdvisoryGrant {
    async fn renew(&self, ttl: Ttl, deadline: Deadline) -> Result<bool> {
        let mut place = self.session.lock().await;
        let Some(mut session) = place.take() else {
            return Ok(false);
        };
        match session.stay(ttl, deadline).await {
            Ok(true) => {
                *place = Some(session);
                Ok(true)
            }
            Ok(false) => Ok(false),
            Err(error) => {
                tracing::debug!(%error, "the connection of an advisory lock is of no more use");
                Ok(false)
            }
        }
    }

    async fn release(&self) -> Result<bool> {
        match self.session.lock().await.take() {
            Some(session) => session.unlock(self.number).await,
            None => Ok(false),
        }
    }
}
