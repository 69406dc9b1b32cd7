//! The connections: to whom a request goes, and what became of it.
//!
//! A request has a connection of the pool for itself. It is sent again only where it is certain that it was not applied,
//! or where it changes nothing; everything else comes back as a [`Failure`] that says how far it came.

mod advice;
mod clock;
mod connection;
mod connector;
mod failure;
mod keeper;
mod pem;
mod pool;
mod primary;
mod replicas;
mod session;
mod settings;
mod subscription;
mod tls;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use ::sqlx::SqlStr;
use ::sqlx::postgres::{PgArguments, PgRow};
use tokio::time::sleep_until;

pub(super) use self::advice::Effect;
pub(super) use self::connection::Connection;
pub(super) use self::failure::{Failure, Kind};
use self::keeper::Keeper;
pub use self::pool::PostgresPool;
use self::pool::{Connections, Loan, To};
use self::primary::Primary;
pub use self::replicas::PostgresHost;
use self::replicas::Replicas;
pub(super) use self::session::Plan;
pub(super) use self::settings::{MARK, Settings};
use self::subscription::Subscription;
use crate::backend::{Context, Reads};
use crate::error::Result;

/// So many requests in a row without an answer, and the primary is looked for anew.
const SILENCE: u32 = 3;
/// How long a replica has to answer before the primary is asked, which has the rest of the time.
const REPLICA_PATIENCE: Duration = Duration::from_secs(1);
/// Between two tries of a request that was refused for now.
const PAUSE: Duration = Duration::from_millis(50);

/// All connections to one store.
///
/// It lives on the tokio runtime that it was opened on. Dropping it ends the connections.
pub(super) struct Link {
    shared: Arc<Shared>,
    keeper: Keeper,
}

struct Shared {
    primary: Arc<Primary>,
    connections: Connections,
    replicas: Replicas,
    /// How many requests in a row had no answer.
    silent: AtomicU32,
}

/// A statement, whose parameters follow from the deadline by the server's clock.
pub(super) struct Request<'a, B> {
    pub(super) sql: &'a SqlStr,
    pub(super) effect: Effect,
    pub(super) plan: Plan,
    pub(super) bind: B,
}

impl Link {
    /// Finds the primary and connects.
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration) where a password, certificate or database is wrong;
    /// [`Unavailable`](crate::ErrorKind::Unavailable) where no primary can be reached.
    ///
    /// Cancellation: nothing is left behind.
    pub(super) async fn open(settings: Settings) -> Result<Self> {
        let limit = Instant::now() + settings.connect_timeout + Duration::from_millis(500);
        let failed = |failure: Failure| failure.into_error(Effect::Read);
        let primary = Arc::new(Primary::new(settings));
        let to = To::Primary(Arc::clone(&primary));
        let settings = primary.settings();
        let shared = Arc::new(Shared {
            connections: Connections::new(to, settings.pool_min, settings).map_err(failed)?,
            replicas: Replicas::new(&primary),
            silent: AtomicU32::new(0),
            primary,
        });
        drop(shared.connections.get(limit).await.map_err(failed)?);
        Ok(Self {
            keeper: Keeper::of(&shared),
            shared,
        })
    }

    /// Listens to a channel of the primary, over a connection of its own.
    ///
    /// Cancellation: nothing is left behind.
    pub(super) async fn subscribe(
        &self,
        channel: &str,
        tries: usize,
    ) -> std::result::Result<Subscription, Failure> {
        Subscription::to(channel, &self.shared.primary, tries).await
    }

    /// Whether a connection is one session of one server.
    pub(super) fn keeps_sessions(&self) -> bool {
        self.shared.primary.settings().session
    }

    /// Runs one statement, and again where it was refused for now, until the deadline.
    ///
    /// Cancellation: the outcome of a request that was sent is unknown; its connection is thrown away.
    pub(super) async fn call<B>(
        &self,
        cx: &Context,
        request: Request<'_, B>,
    ) -> std::result::Result<Vec<PgRow>, Failure>
    where
        B: Fn(i64) -> PgArguments + Send + Sync,
    {
        let deadline = self.deadline(cx);
        if cx.reads == Reads::Replica
            && request.effect == Effect::Read
            && let Some(rows) = Box::pin(self.ask_replica(&request, deadline)).await
        {
            return Ok(rows);
        }
        let mut lost = false;
        loop {
            let failure = match self.shared.connections.get(deadline).await {
                Ok(loan) => match self.shared.attempt(loan, &request, deadline).await {
                    Ok(rows) => return Ok(rows),
                    Err(failure) => failure,
                },
                Err(failure) => failure,
            };
            // An idle connection may have ended unnoticed.
            let harmless = request.effect == Effect::Read || failure.sent == failure::Sent::Never;
            let unnoticed = harmless && failure.ended() && !lost;
            lost |= unnoticed;
            let again = unnoticed || self.shared.may_heal(&failure);
            let next = Instant::now() + PAUSE;
            if !again || next >= deadline {
                return Err(failure);
            }
            if !unnoticed {
                sleep_until(next.into()).await;
            }
        }
    }

    /// `None` where no replica is up to date, or the one that was asked did not answer.
    async fn ask_replica<B>(
        &self,
        request: &Request<'_, B>,
        deadline: Instant,
    ) -> Option<Vec<PgRow>>
    where
        B: Fn(i64) -> PgArguments + Send + Sync,
    {
        let left = deadline.saturating_duration_since(Instant::now());
        let limit = Instant::now() + (left / 2).min(REPLICA_PATIENCE);
        let (place, pool) = self.shared.replicas.pick()?;
        let asked = async {
            let mut loan = pool.get(limit).await?;
            let arguments = (request.bind)(i64::MAX);
            let plan = request.plan;
            loan.run(request.sql, arguments, plan, limit, None).await
        };
        asked
            .await
            .inspect_err(|failure| {
                tracing::debug!(%failure, "a replica did not answer a read");
                let pool = pool.state();
                let busy = failure.sent == failure::Sent::Never && pool.size == pool.max;
                if !busy {
                    self.shared.replicas.distrust(place);
                }
            })
            .ok()
    }

    /// Connects to the primary, outside of the pool.
    ///
    /// Cancellation: nothing is left behind.
    pub(super) async fn connect(&self, cx: &Context) -> std::result::Result<Connection, Failure> {
        self.connect_by(cx, &self.shared.primary).await
    }

    /// The same, with a session that is told `mark` when it begins.
    ///
    /// Cancellation: nothing is left behind.
    pub(super) async fn connect_marked(
        &self,
        cx: &Context,
        mark: &str,
    ) -> std::result::Result<Connection, Failure> {
        let marked = Primary::new(self.shared.primary.settings().marked(mark));
        self.connect_by(cx, &marked).await
    }

    async fn connect_by(
        &self,
        cx: &Context,
        primary: &Primary,
    ) -> std::result::Result<Connection, Failure> {
        if self.is_closed() {
            return Err(Failure::not_sent(Kind::Closed, "the store is closed"));
        }
        let deadline = self.deadline(cx);
        let connected = tokio::time::timeout_at(deadline.into(), primary.connect());
        connected
            .await
            .unwrap_or_else(|_| Err(Failure::late("the deadline passed while connecting")))
    }

    /// The caller's deadline, or the one that follows from `command_timeout`.
    pub(super) fn deadline(&self, cx: &Context) -> Instant {
        cx.deadline.map_or_else(
            || Instant::now() + self.command_timeout(),
            crate::backend::Deadline::instant,
        )
    }

    /// How long a request has that has no deadline of its own.
    pub(super) fn command_timeout(&self) -> Duration {
        self.shared.primary.settings().command_timeout
    }

    pub(super) fn is_closed(&self) -> bool {
        self.shared.connections.is_closed()
    }

    pub(super) fn pool_state(&self) -> PostgresPool {
        self.shared.connections.state()
    }

    /// Where the servers are, as the configuration says.
    pub(super) fn addresses(&self) -> Vec<&str> {
        let servers = self.shared.primary.settings().servers.iter();
        servers.map(|server| &server.name[..]).collect()
    }

    /// What is known of each server.
    pub(super) async fn hosts(&self) -> Vec<PostgresHost> {
        self.shared.replicas.look().await
    }

    /// Ends all connections; every later request fails at once.
    pub(super) fn close(&self) {
        self.keeper.stop();
        self.shared.connections.close();
        self.shared.replicas.close();
    }
}

impl Shared {
    async fn attempt<B>(
        &self,
        mut loan: Loan,
        request: &Request<'_, B>,
        deadline: Instant,
    ) -> std::result::Result<Vec<PgRow>, Failure>
    where
        B: Fn(i64) -> PgArguments + Send + Sync,
    {
        let Some((epoch, by_server)) = loan
            .connection()
            .map(|connection| (connection.epoch, connection.clock.deadline(early(deadline))))
        else {
            return Err(Failure::not_sent(
                Kind::Closed,
                "the connection was given back",
            ));
        };
        let commit_by = (request.effect == Effect::Write).then_some(by_server);
        let arguments = (request.bind)(by_server);
        let plan = request.plan;
        let answer = loan
            .run(request.sql, arguments, plan, deadline, commit_by)
            .await;
        match &answer {
            Err(failure) if failure.kind == Kind::Timeout => {
                if self.silent.fetch_add(1, Ordering::Relaxed) + 1 >= SILENCE {
                    self.doubt(epoch);
                }
            }
            Err(failure) if failure.casts_doubt() => self.doubt(epoch),
            _ => self.silent.store(0, Ordering::Relaxed),
        }
        answer
    }

    /// Has the primary looked for anew.
    fn doubt(&self, epoch: u64) {
        self.silent.store(0, Ordering::Relaxed);
        if self.primary.doubt(epoch) {
            self.connections.reset();
        }
    }

    /// Whether a request that failed so was not applied, and may succeed in a moment.
    fn may_heal(&self, failure: &Failure) -> bool {
        if failure.sent == failure::Sent::Unknown {
            return false;
        }
        match failure.code() {
            "40001" | "40P01" => true,
            // Among several hosts another one is the primary soon.
            _ => self.primary.settings().servers.len() > 1 && failure.casts_doubt(),
        }
    }
}

/// A little before the deadline, so that the server's refusal arrives by then.
fn early(deadline: Instant) -> Instant {
    let left = deadline.saturating_duration_since(Instant::now());
    let ahead = (left / 16).min(Duration::from_millis(20));
    deadline.checked_sub(ahead).unwrap_or(deadline)
}
