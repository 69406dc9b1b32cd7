use std::sync::Arc;
use std::time::{Duration, Instant};

use ::sqlx::SqlStr;
use ::sqlx::postgres::{PgArguments, PgRow};
use deadpool::Runtime;
use deadpool::managed::{
    Manager, Metrics, Object, Pool, PoolError, QueueMode, RecycleError, RecycleResult, TimeoutType,
    Timeouts,
};
use futures_util::future::join_all;

use super::connection::Connection;
use super::failure::{Failure, Kind};
use super::primary::Primary;
use super::session::Plan;
use super::settings::Settings;

/// A connection that was used this lately is given out unasked.
const FRESH: Duration = Duration::from_secs(1);
/// How long an older one has to answer.
const ANSWER_WITHIN: Duration = Duration::from_millis(300);

/// Connections, each for one request at a time.
pub(super) struct Connections {
    pool: Pool<Maker>,
    /// How many there should be at least.
    min: usize,
    /// How long a request waits for one.
    patience: Duration,
    idle_timeout: Duration,
}

/// To whom the connections of a pool go.
#[derive(Clone)]
pub(super) enum To {
    /// To the primary, whichever it is.
    Primary(Arc<Primary>),
    /// To the server at this place, whatever it is.
    Server(Arc<Primary>, usize),
}

struct Maker(To);

/// The connections that there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PostgresPool {
    /// To the primary, in use or not.
    pub size: usize,
    /// To the primary, and not in use.
    pub idle: usize,
    /// Requests that wait for one.
    pub waiting: usize,
    /// The most that there may be.
    pub max: usize,
}

/// A connection that a request has for itself until it drops this.
pub(super) struct Loan(Option<Object<Maker>>);

impl Connections {
    pub(super) fn new(to: To, min: usize, settings: &Settings) -> Result<Self, Failure> {
        let pool = Pool::builder(Maker(to))
            .max_size(settings.pool_max)
            .queue_mode(QueueMode::Lifo)
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|error| Failure::not_sent(Kind::Closed, format!("no pool: {error}")))?;
        Ok(Self {
            pool,
            min,
            patience: settings.pool_timeout,
            idle_timeout: settings.idle_timeout,
        })
    }

    /// A connection, made where none is idle; waited for where there are as many as there may be.
    ///
    /// Cancellation: nothing is taken.
    pub(super) async fn get(&self, deadline: Instant) -> Result<Loan, Failure> {
        let left = deadline.saturating_duration_since(Instant::now());
        let timeouts = Timeouts {
            wait: Some(left.min(self.patience)),
            create: Some(left),
            recycle: Some(left),
        };
        match self.pool.timeout_get(&timeouts).await {
            Ok(object) => Ok(Loan(Some(object))),
            Err(PoolError::Backend(failure)) => Err(failure),
            Err(PoolError::Timeout(TimeoutType::Wait)) => Err(self.exhausted(left)),
            Err(PoolError::Timeout(_)) => {
                Err(Failure::late("the deadline passed while connecting"))
            }
            Err(_) => Err(Failure::not_sent(Kind::Closed, "the store is closed")),
        }
    }

    /// Drops what has been idle or alive for too long, and makes connections until there are as many as there should be
    /// at least.
    ///
    /// Cancellation: nothing is left behind.
    pub(super) async fn tend(&self, deadline: Instant) {
        let now = Instant::now();
        let mut spare = self.pool.status().size.saturating_sub(self.min);
        self.pool.retain(|connection, _| {
            let old = connection.expires <= now;
            let idle = spare > 0 && now.duration_since(connection.used) > self.idle_timeout;
            if idle {
                spare -= 1;
            }
            !(old || idle)
        });
        let missing = self.min.saturating_sub(self.pool.status().size);
        // All are held until all are made, or the idle ones would be given out again.
        let idle = self.pool.status().available;
        let wanted = if missing == 0 { 0 } else { missing + idle };
        let made = join_all((0..wanted).map(|_| self.get(deadline))).await;
        if let Some(Err(failure)) = made.iter().find(|loan| loan.is_err()) {
            tracing::debug!(%failure, "a pool of connections to PostgreSQL is not full");
        }
    }

    /// Drops the idle connections.
    pub(super) fn reset(&self) {
        self.pool.retain(|_, _| false);
    }

    /// Drops the idle connections and makes no more.
    pub(super) fn close(&self) {
        self.pool.close();
        self.reset();
    }

    pub(super) fn is_closed(&self) -> bool {
        self.pool.is_closed()
    }

    pub(super) fn state(&self) -> PostgresPool {
        let status = self.pool.status();
        PostgresPool {
            size: status.size,
            idle: status.available,
            waiting: status.waiting,
            max: status.max_size,
        }
    }

    fn exhausted(&self, left: Duration) -> Failure {
        let state = self.state();
        let message = format!(
            "no connection of the pool became free in time; {} of {} are in use, {} requests wait",
            state.size.saturating_sub(state.idle),
            state.max,
            state.waiting
        );
        let kind = if left <= self.patience {
            Kind::Timeout
        } else {
            Kind::Pool
        };
        Failure::not_sent(kind, message)
    }
}

impl Loan {
    /// Runs one statement and reads its answer whole; what it changes is not committed after `commit_by`, by the
    /// server's clock.
    ///
    /// Cancellation: the connection is thrown away.
    pub(super) async fn run(
        &mut self,
        sql: &SqlStr,
        arguments: PgArguments,
        plan: Plan,
        deadline: Instant,
        commit_by: Option<i64>,
    ) -> Result<Vec<PgRow>, Failure> {
        match &mut self.0 {
            Some(connection) => {
                let run = connection.run(sql, arguments, plan, deadline, commit_by);
                run.await
            }
            None => Err(Failure::not_sent(
                Kind::Closed,
                "the connection was given back",
            )),
        }
    }

    pub(super) fn connection(&self) -> Option<&Connection> {
        self.0.as_deref()
    }
}

impl Drop for Loan {
    fn drop(&mut self) {
        if let Some(object) = self.0.take_if(|object| object.is_dirty()) {
            drop(Object::take(object));
        }
    }
}

impl Manager for Maker {
    type Type = Connection;
    type Error = Failure;

    async fn create(&self) -> Result<Connection, Failure> {
        match &self.0 {
            // Futures that are large and rare, so that a request does not carry them.
            To::Primary(primary) => Box::pin(primary.connect()).await,
            To::Server(primary, place) => {
                let greeted = Box::pin(primary.greet(*place)).await?;
                Ok(greeted.connection)
            }
        }
    }

    async fn recycle(&self, it: &mut Connection, _: &Metrics) -> RecycleResult<Failure> {
        let stale = match &self.0 {
            To::Primary(primary) => primary.epoch() != it.epoch,
            To::Server(..) => false,
        };
        let now = Instant::now();
        if stale || it.is_dirty() || it.expires <= now {
            return Err(RecycleError::message("the connection is of no more use"));
        }
        if now.duration_since(it.used) < FRESH && !it.clock.is_stale() {
            return Ok(());
        }
        if let Err(failure) = Box::pin(it.ping(now + ANSWER_WITHIN)).await {
            // The others that are idle will not answer either: they are not asked one after the other.
            if let To::Primary(primary) = &self.0 {
                primary.doubt(it.epoch);
            }
            return Err(failure.into());
        }
        Ok(())
    }
}
