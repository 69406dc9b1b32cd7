use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use deadpool::Runtime;
use deadpool::managed::{
    Manager, Metrics, Object, Pool, PoolError, QueueMode, RecycleError, RecycleResult, TimeoutType,
    Timeouts,
};
use futures_util::future::{Either, join_all, select};
use redis::{Pipeline, Value};
use tokio::sync::Notify;

use super::address::Address;
use super::connection::Connection;
use super::connector::{Connector, Purpose};
use super::failure::{Failure, Kind};
use super::settings::PoolSettings;

/// A connection that was used this lately is given out unasked.
const FRESH: Duration = Duration::from_secs(1);
/// How long an older one has to answer.
const ANSWER_WITHIN: Duration = Duration::from_millis(200);

/// Connections to one node, each for one call at a time: for what would keep other calls waiting.
pub(super) struct Exclusives {
    pool: Pool<Maker>,
    settings: PoolSettings,
    /// Tells those who wait for a connection that this node is not the one any more.
    resets: Notify,
}

struct Maker {
    connector: Arc<Connector>,
    address: Address,
    /// All that have been given out or lie idle, so that they can be ended at once.
    made: Mutex<Vec<Weak<Connection>>>,
}

/// A connection of the pool.
struct Exclusive {
    connection: Arc<Connection>,
    /// Between a request and its answer. A call that was dropped there leaves it set, and the connection is thrown away.
    busy: bool,
}

/// How many connections a pool has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Count {
    pub(super) size: usize,
    pub(super) idle: usize,
    pub(super) waiting: usize,
}

/// A connection that a call has for itself until it drops this.
pub(super) struct Loan(Object<Maker>);

impl Exclusives {
    pub(super) fn new(
        connector: Arc<Connector>,
        address: Address,
        settings: PoolSettings,
    ) -> Result<Self, Failure> {
        let maker = Maker {
            connector,
            address,
            made: Mutex::default(),
        };
        let pool = Pool::builder(maker)
            .max_size(settings.max)
            .queue_mode(QueueMode::Lifo)
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|error| Failure::not_sent(Kind::Configuration, format!("no pool: {error}")))?;
        Ok(Self {
            pool,
            settings,
            resets: Notify::new(),
        })
    }

    /// A connection, made where none is idle; waited for where there are as many as there may be.
    ///
    /// Cancellation: nothing is taken.
    pub(super) async fn get(&self, deadline: Instant) -> Result<Loan, Failure> {
        let left = deadline.saturating_duration_since(Instant::now());
        let timeouts = Timeouts {
            wait: Some(left.min(self.settings.timeout)),
            create: Some(left),
            recycle: Some(left),
        };
        let reset = pin!(self.resets.notified());
        let taken = pin!(self.pool.timeout_get(&timeouts));
        let Either::Left((taken, _)) = select(taken, reset).await else {
            let message = "waiting for a connection was given up";
            return Err(Failure::not_sent(Kind::Unreachable, message));
        };
        match taken {
            Ok(object) => Ok(Loan(object)),
            Err(PoolError::Backend(failure)) => Err(failure),
            Err(PoolError::Timeout(TimeoutType::Wait)) => Err(self.exhausted()),
            Err(PoolError::Timeout(_)) => {
                Err(Failure::late("the deadline passed while connecting"))
            }
            Err(_) => {
                let message = "the connections to this server are closed";
                Err(Failure::not_sent(Kind::Unserved, message))
            }
        }
    }

    /// Makes connections until there are as many as there should be at least.
    pub(super) async fn warm(&self, deadline: Instant) {
        let missing = self.settings.min.min(self.settings.max);
        let missing = missing.saturating_sub(self.pool.status().size);
        // All are held until all are made, or the idle ones would be given out again.
        let warmed = join_all((0..missing).map(|_| self.get(deadline))).await;
        if let Some(Err(failure)) = warmed.iter().find(|loan| loan.is_err()) {
            tracing::debug!(%failure, "a pool of connections to Redis is not full");
        }
    }

    /// Ends all connections, also those that calls hold.
    pub(super) fn reset(&self) {
        self.resets.notify_waiters();
        self.pool.retain(|_, _| false);
        let made = &self.pool.manager().made;
        let made = std::mem::take(&mut *made.lock().unwrap_or_else(PoisonError::into_inner));
        for connection in made.iter().filter_map(Weak::upgrade) {
            connection.wire().close();
        }
    }

    /// Ends all connections and makes no more.
    pub(super) fn close(&self) {
        self.pool.close();
        self.reset();
    }

    pub(super) fn count(&self) -> Count {
        let status = self.pool.status();
        Count {
            size: status.size,
            idle: status.available,
            waiting: status.waiting,
        }
    }

    fn exhausted(&self) -> Failure {
        let count = self.count();
        let message = format!(
            "no connection of the pool became free in time; {} are in use, {} calls wait",
            count.size - count.idle,
            count.waiting
        );
        Failure::not_sent(Kind::Pool, message).at(&self.pool.manager().address)
    }
}

impl Loan {
    pub(super) fn connection(&self) -> &Arc<Connection> {
        &self.0.connection
    }

    /// Sends all commands at once and gives back as many answers.
    ///
    /// Cancellation: the connection is thrown away.
    pub(super) async fn send_all(
        &mut self,
        commands: &Pipeline,
        deadline: Instant,
    ) -> Result<Vec<Value>, Failure> {
        self.0.busy = true;
        let answers = self
            .0
            .connection
            .wire()
            .send_all(commands, deadline)
            .await?;
        self.0.busy = false;
        Ok(answers)
    }
}

impl Manager for Maker {
    type Type = Exclusive;
    type Error = Failure;

    async fn create(&self) -> Result<Exclusive, Failure> {
        let connection = self
            .connector
            .connect(&self.address, Purpose::Primary)
            .await?;
        let connection = Arc::new(connection);
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        made.retain(|connection| connection.strong_count() > 0);
        made.push(Arc::downgrade(&connection));
        Ok(Exclusive {
            connection,
            busy: false,
        })
    }

    async fn recycle(&self, it: &mut Exclusive, metrics: &Metrics) -> RecycleResult<Failure> {
        if it.busy || it.connection.wire().has_ended() {
            return Err(RecycleError::message("the connection has ended"));
        }
        if metrics.last_used() < FRESH {
            return Ok(());
        }
        let limit = Instant::now() + ANSWER_WITHIN;
        match it.connection.wire().send(&redis::cmd("PING"), limit).await {
            Ok(Value::ServerError(error)) => Err(Failure::refused(&error).into()),
            Ok(_) => Ok(()),
            Err(failure) => Err(failure.into()),
        }
    }
}
