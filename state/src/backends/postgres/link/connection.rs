use std::sync::Arc;
use std::time::{Duration, Instant};

use ::sqlx::postgres::{PgArguments, PgConnection, PgRow, Postgres};
use ::sqlx::{AssertSqlSafe, Connection as _, Row as _, SqlStr, raw_sql};
use tokio::time::timeout_at;

use super::clock::ServerClock;
use super::failure::{Failure, Kind, Sent};
use super::session::{self, Plan};
use crate::backends::postgres::names::NOW;

/// One connection to one server, used by one request at a time.
pub(in crate::backends::postgres) struct Connection {
    wire: PgConnection,
    pub(super) server: Arc<str>,
    pub(super) clock: ServerClock,
    /// Which view of the servers it was made under.
    pub(super) epoch: u64,
    /// Whether it is one session of one server.
    session: bool,
    /// What the session's `statement_timeout` is.
    statement_timeout: Duration,
    /// Between a request and the end of its answer. What is dropped there leaves it set, and the connection is
    /// thrown away: nobody inherits a transaction, a lock, or an answer that was not read.
    dirty: bool,
    pub(super) expires: Instant,
    pub(super) used: Instant,
}

impl Connection {
    pub(super) fn new(
        wire: PgConnection,
        server: &str,
        clock: ServerClock,
        session: Option<Duration>,
        epoch: u64,
        expires: Instant,
    ) -> Self {
        Self {
            wire,
            server: server.into(),
            clock,
            epoch,
            session: session.is_some(),
            statement_timeout: session.unwrap_or_default(),
            dirty: false,
            expires,
            used: Instant::now(),
        }
    }

    pub(super) const fn is_dirty(&self) -> bool {
        self.dirty
    }

    /// Runs one statement and reads its answer whole.
    ///
    /// Where the connection is not a session, statement and settings share a transaction, so that a pooler in
    /// between keeps them on one server; so do they where the plan is not that of the session. It is not committed
    /// after `commit_by`, by the server's clock.
    ///
    /// Cancellation: the connection is of no more use.
    pub(super) async fn run(
        &mut self,
        sql: &SqlStr,
        arguments: PgArguments,
        plan: Plan,
        deadline: Instant,
        commit_by: Option<i64>,
    ) -> Result<Vec<PgRow>, Failure> {
        if !self.session || plan == Plan::Particular {
            let run = self.run_in_transaction(sql, arguments, plan, deadline, commit_by);
            return Box::pin(run).await;
        }
        let left = deadline.saturating_duration_since(Instant::now());
        if left > self.statement_timeout {
            let longer = session::rounded_up(left);
            let set = Box::pin(self.script(session::statement_timeout(longer), deadline)).await;
            set.map_err(Failure::before_statement)?;
            self.statement_timeout = longer;
        }
        self.execute(sql, arguments, true, deadline).await
    }

    async fn run_in_transaction(
        &mut self,
        sql: &SqlStr,
        arguments: PgArguments,
        plan: Plan,
        deadline: Instant,
        commit_by: Option<i64>,
    ) -> Result<Vec<PgRow>, Failure> {
        let left = deadline.saturating_duration_since(Instant::now());
        self.script(session::begin(left, plan), deadline)
            .await
            .map_err(Failure::before_statement)?;
        match self.execute(sql, arguments, false, deadline).await {
            Ok(rows) => {
                if Instant::now() >= deadline {
                    self.dirty = true;
                    return Err(Failure::late("the deadline passed before the commit"));
                }
                match self.script(session::commit(commit_by), deadline).await {
                    Ok(_) => Ok(rows),
                    Err(failure) if failure.code() == session::LATE => {
                        self.dirty = true;
                        Err(failure)
                    }
                    Err(failure) => Err(failure),
                }
            }
            Err(failure) => {
                if !self.dirty && self.script("ROLLBACK", deadline).await.is_err() {
                    self.dirty = true;
                }
                // What was not committed is undone, whatever became of the connection.
                Err(failure.undone())
            }
        }
    }

    /// Runs one statement in the transaction that a script began.
    ///
    /// Cancellation: the connection is of no more use.
    pub(in crate::backends::postgres) async fn read_on(
        &mut self,
        sql: &SqlStr,
        arguments: PgArguments,
        deadline: Instant,
    ) -> Result<Vec<PgRow>, Failure> {
        if self.dirty {
            let message = "a read was given up or failed, and what it read from has ended";
            return Err(Failure::not_sent(Kind::Lost, message));
        }
        let rows = self.execute(sql, arguments, self.session, deadline).await;
        // An error has ended the transaction, too.
        self.dirty |= rows.is_err();
        rows
    }

    /// Runs statements without parameters, one after the other, and gives all their rows.
    ///
    /// Cancellation: the connection is of no more use.
    pub(in crate::backends::postgres) async fn script(
        &mut self,
        sql: impl Into<String>,
        deadline: Instant,
    ) -> Result<Vec<PgRow>, Failure> {
        self.dirty = true;
        let script = raw_sql(AssertSqlSafe(sql.into()));
        let answer = timeout_at(deadline.into(), script.fetch_all(&mut self.wire)).await;
        self.conclude(answer)
    }

    async fn execute(
        &mut self,
        sql: &SqlStr,
        arguments: PgArguments,
        persistent: bool,
        deadline: Instant,
    ) -> Result<Vec<PgRow>, Failure> {
        self.dirty = true;
        let query = sqlx::query_with::<Postgres, _>(sql.clone(), arguments).persistent(persistent);
        let answer = timeout_at(deadline.into(), query.fetch_all(&mut self.wire)).await;
        self.conclude(answer)
    }

    fn conclude(
        &mut self,
        answer: Result<Result<Vec<PgRow>, sqlx::Error>, tokio::time::error::Elapsed>,
    ) -> Result<Vec<PgRow>, Failure> {
        self.used = Instant::now();
        let failure = match answer {
            Ok(Ok(rows)) => {
                self.dirty = false;
                return Ok(rows);
            }
            Ok(Err(error)) => Failure::of(&error),
            Err(_) => Failure::new(Kind::Timeout, Sent::Unknown, "no answer came in time"),
        };
        self.dirty = failure.fatal;
        Err(failure.at(&self.server))
    }

    /// Lets statements take as long as they take, where that is not for others to decide.
    pub(in crate::backends::postgres) async fn unlimited(
        &mut self,
        deadline: Instant,
    ) -> Result<(), Failure> {
        if self.session {
            self.script("SET statement_timeout = 0", deadline).await?;
        }
        Ok(())
    }

    /// Whether the server still answers; reads its clock anew.
    pub(super) async fn ping(&mut self, deadline: Instant) -> Result<(), Failure> {
        let sent = Instant::now();
        let rows = self.script(format!("SELECT {NOW}"), deadline).await?;
        let now = rows.first().map(|row| row.try_get(0));
        let now = now.transpose().map_err(|error| Failure::of(&error))?;
        self.clock
            .renew(sent, now.ok_or_else(|| Failure::unexpected("a time"))?);
        Ok(())
    }

    /// Says goodbye to the server.
    pub(in crate::backends::postgres) async fn close(self) {
        if !self.dirty {
            let _ = tokio::time::timeout(Duration::from_secs(1), self.wire.close()).await;
        }
    }
}
