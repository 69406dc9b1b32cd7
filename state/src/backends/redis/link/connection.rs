use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Cmd, Pipeline, RedisConnectionInfo, RedisError, Value};
use tokio::task::AbortHandle;
use tokio::time::timeout_at;

use super::address::Address;
use super::clock::ServerClock;
use super::failure::{Failure, Kind, Sent};
use super::gather::{Gather, Open};
use super::identity::Identity;
use super::stream::{Stream, insecure};

/// How many requests in a row may pass their deadline without an answer in between …
const MAX_TIMEOUTS: u32 = 3;
/// … over at least this time, so that a burst of impatient requests ends no healthy connection.
const MAX_SILENCE: Duration = Duration::from_millis(100);
/// How many requests may wait for the driver before callers wait themselves.
const QUEUE: usize = 64;

/// One connection to one server, shared by any number of requests.
///
/// Cancellation: a dropped request leaves the connection usable. The last drop of the connection ends it.
pub(super) struct Connection {
    wire: Wire,
    pub(super) identity: Identity,
    clock: ServerClock,
}

/// The part of a connection that exists before the server has said who it is.
pub(super) struct Wire {
    pub(super) address: Address,
    requests: MultiplexedConnection,
    open: Open,
    ended: Arc<AtomicBool>,
    driver: AbortHandle,
    silence: Silence,
}

/// Requests that passed their deadline since the last answer.
struct Silence {
    birth: Instant,
    timeouts: AtomicU32,
    /// When the first of them was sent, in milliseconds after `birth`.
    since: AtomicU64,
}

/// Sets a flag when the driver ends, of itself, by abortion or with its runtime.
struct SetOnDrop(Arc<AtomicBool>);

impl Drop for SetOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

impl Wire {
    /// Speaks Redis's protocol over `stream`; sends nothing yet.
    pub(super) async fn over(stream: Stream, address: Address) -> Result<Self, Failure> {
        let config = AsyncConnectionConfig::new()
            .set_response_timeout(None)
            .set_connection_timeout(None)
            .set_pipeline_buffer_size(QUEUE);
        let greeting = RedisConnectionInfo::default().set_skip_set_lib_name();
        let open = Open::default();
        let stream = Gather::over(stream, open.clone());
        let (requests, driver) = MultiplexedConnection::new_with_config(&greeting, stream, config)
            .await
            .map_err(|error| lost(&error).before_sending())?;
        let ended = Arc::new(AtomicBool::new(false));
        let set = SetOnDrop(Arc::clone(&ended));
        let log = address.clone();
        let driver = tokio::spawn(async move {
            driver.await;
            if !set.0.load(Ordering::Acquire) {
                tracing::warn!(address = %log, "lost a connection to Redis");
            }
            drop(set);
        })
        .abort_handle();
        Ok(Self {
            address,
            requests,
            open,
            ended,
            driver,
            silence: Silence {
                birth: Instant::now(),
                timeouts: AtomicU32::new(0),
                since: AtomicU64::new(0),
            },
        })
    }

    /// Sends one command. The answer may be an error of the server.
    pub(super) async fn send(&self, command: &Cmd, deadline: Instant) -> Result<Value, Failure> {
        let sent = self.check(deadline)?;
        let _open = self.open.request();
        let mut requests = self.requests.clone();
        let answer = timeout_at(deadline.into(), requests.send_packed_command(command)).await;
        self.settle(sent, answer)
    }

    /// Sends all commands at once and gives back as many answers; each may be an error of the server.
    pub(super) async fn send_all(
        &self,
        commands: &Pipeline,
        deadline: Instant,
    ) -> Result<Vec<Value>, Failure> {
        let sent = self.check(deadline)?;
        let _open = self.open.request();
        let mut requests = self.requests.clone();
        let answers = requests.send_packed_commands(commands, 0, commands.len());
        let answers = self.settle(sent, timeout_at(deadline.into(), answers).await)?;
        if answers.len() != commands.len() {
            self.close();
            let message = "the number of answers is not that of the commands";
            return Err(Failure::new(Kind::Protocol, Sent::Unknown, message).at(&self.address));
        }
        Ok(answers)
    }

    /// Whether no request can be answered any more.
    pub(super) fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Acquire)
    }

    /// Takes no new request; those on their way are still answered.
    pub(super) fn retire(&self) {
        self.ended.store(true, Ordering::Release);
    }

    /// Ends the connection: all requests on their way fail at once.
    pub(super) fn close(&self) {
        self.retire();
        self.driver.abort();
    }

    fn check(&self, deadline: Instant) -> Result<Instant, Failure> {
        if self.has_ended() {
            let message = "the connection had ended before the request was sent";
            return Err(Failure::not_sent(Kind::Lost, message).at(&self.address));
        }
        let now = Instant::now();
        if deadline <= now {
            let message = "the deadline passed before the request was sent";
            return Err(Failure::late(message).at(&self.address));
        }
        Ok(now)
    }

    fn settle<T, E>(
        &self,
        sent: Instant,
        answer: Result<Result<T, RedisError>, E>,
    ) -> Result<T, Failure> {
        match answer {
            Ok(Ok(value)) => {
                self.silence.end();
                Ok(value)
            }
            Ok(Err(error)) => {
                self.retire();
                Err(lost(&error).at(&self.address))
            }
            Err(_) => {
                if self.silence.is_too_long(sent) {
                    tracing::warn!(address = %self.address, "Redis does not answer: closing a connection");
                    self.close();
                }
                let message = "the deadline passed before the answer came";
                Err(Failure::new(Kind::Timeout, Sent::Unknown, message).at(&self.address))
            }
        }
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.close();
    }
}

impl Connection {
    pub(super) fn new(wire: Wire, identity: Identity, clock: ServerClock) -> Self {
        Self {
            wire,
            identity,
            clock,
        }
    }

    /// The bytes below.
    pub(super) fn wire(&self) -> &Wire {
        &self.wire
    }

    /// `deadline` in milliseconds of Unix time by the server's clock; has it read again now and then.
    pub(super) fn deadline(self: &Arc<Self>, deadline: Instant) -> i64 {
        if self.clock.is_due() {
            let connection = Arc::clone(self);
            tokio::spawn(async move {
                let sent = Instant::now();
                let limit = sent + Duration::from_secs(1);
                let time = connection.wire.send(&redis::cmd("TIME"), limit).await;
                if let Ok(time) = time {
                    connection.clock.renew(sent, &time);
                }
            });
        }
        self.clock.deadline(deadline)
    }
}

impl Silence {
    fn end(&self) {
        if self.timeouts.load(Ordering::Relaxed) != 0 {
            self.timeouts.store(0, Ordering::Relaxed);
        }
    }

    /// Counts a request that was sent at `sent` and not answered by now.
    fn is_too_long(&self, sent: Instant) -> bool {
        let millis = |instant: Instant| {
            let elapsed = instant.saturating_duration_since(self.birth).as_millis();
            u64::try_from(elapsed).unwrap_or(u64::MAX)
        };
        let before = self.timeouts.fetch_add(1, Ordering::Relaxed);
        if before == 0 {
            self.since.store(millis(sent), Ordering::Relaxed);
            return false;
        }
        let silence = millis(Instant::now()).saturating_sub(self.since.load(Ordering::Relaxed));
        before + 1 >= MAX_TIMEOUTS && u128::from(silence) >= MAX_SILENCE.as_millis()
    }
}

/// The failure of a connection. The driver's own words may hold what the server sent, so they are left out.
fn lost(error: &RedisError) -> Failure {
    if let Some(io) = io_error(error) {
        if let Some(failure) = insecure(io) {
            return failure.after_sending();
        }
        let message = format!("the connection was lost: {}", io.kind());
        return Failure::new(Kind::Lost, Sent::Unknown, message);
    }
    let message = "the bytes that came are not Redis's protocol";
    Failure::new(Kind::Protocol, Sent::Unknown, message)
}

fn io_error(error: &RedisError) -> Option<&std::io::Error> {
    type Shared = Arc<dyn std::error::Error + Send + Sync>;
    let source = std::error::Error::source(error)?;
    source.downcast_ref::<Shared>()?.downcast_ref()
}
