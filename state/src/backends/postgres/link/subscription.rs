use std::sync::Arc;
use std::time::Instant;

use ::sqlx::postgres::{PgListener, PgPoolOptions};
use ::sqlx::query_scalar;
use tokio::time::{timeout, timeout_at};

use super::failure::{Failure, Kind};
use super::primary::Primary;
use crate::backends::listener::{PROBE_EVERY, PROBE_WITHIN};

/// Hears what is sent to a channel, over a connection of its own to the primary.
pub(in crate::backends::postgres) struct Subscription {
    listener: PgListener,
    primary: Arc<Primary>,
    /// That of the view of the servers in which the primary was chosen.
    epoch: u64,
    due: Instant,
}

impl Subscription {
    /// Listens at the primary; where it is not known, at one of the hosts after the other, with every try.
    ///
    /// Cancellation: nothing is left behind.
    pub(super) async fn to(
        channel: &str,
        primary: &Arc<Primary>,
        tries: usize,
    ) -> Result<Self, Failure> {
        let epoch = primary.epoch();
        let settings = primary.settings();
        let place = primary.known().filter(|_| tries == 0);
        let place = place.unwrap_or(tries % settings.servers.len().max(1));
        let Some(server) = settings.servers.get(place) else {
            return Err(Failure::not_sent(Kind::Unserved, "no host is named"));
        };
        // The driver listens over a pool; of one connection, which it keeps.
        let pool = PgPoolOptions::new()
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .acquire_timeout(settings.connect_timeout)
            .connect_lazy_with(server.options.clone());
        let failed = |error: sqlx::Error| {
            let failure = Failure::of(&error).before_sending();
            failure.at(&server.name)
        };
        let mut listener = PgListener::connect_with(&pool).await.map_err(failed)?;
        listener.eager_reconnect(false);
        listener.listen(channel).await.map_err(failed)?;
        let mut subscription = Self {
            listener,
            primary: Arc::clone(primary),
            epoch,
            due: Instant::now() + PROBE_EVERY,
        };
        if subscription.is_heard_by_all().await {
            return Ok(subscription);
        }
        let message = "the server is not the primary, or does not answer";
        Err(Failure::not_sent(Kind::Unserved, message).at(&server.name))
    }

    /// What is sent next; `None` where the connection has ended, is silent, or the server is not the primary any more.
    ///
    /// Cancellation: nothing that was sent is lost.
    pub(in crate::backends::postgres) async fn next(&mut self) -> Option<String> {
        loop {
            if self.due <= Instant::now() {
                self.due += PROBE_EVERY;
                if self.primary.epoch() != self.epoch || !self.is_heard_by_all().await {
                    return None;
                }
            }
            if let Ok(sent) = timeout_at(self.due.into(), self.listener.try_recv()).await {
                return sent.ok().flatten().map(|sent| sent.payload().to_owned());
            }
        }
    }

    /// Whether this is the primary, where all that is sent comes from. While it answers nothing is lost.
    async fn is_heard_by_all(&mut self) -> bool {
        let follows = query_scalar::<_, bool>("SELECT pg_is_in_recovery()");
        let follows = follows.fetch_one(&mut self.listener);
        matches!(timeout(PROBE_WITHIN, follows).await, Ok(Ok(false)))
    }
}
