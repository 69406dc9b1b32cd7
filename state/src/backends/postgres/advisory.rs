//! Advisory locks of the server, each over a connection of its own.
//!
//! The server counts how long a connection is silent, and ends it after the lock's time to live, and with it the lock. So
//! a holder that is paused or cut off does not hold it for ever, and one that keeps saying that it lives holds it.

use std::fmt;
use std::sync::Arc;

use super::Postgres;
use super::link::{Connection, Effect, Failure, Link, MARK};
use super::row::column;
use crate::backend::{Context, Deadline, Ttl};
use crate::error::{Error, ErrorKind, Result};

/// The longest that the server counts, in milliseconds.
const LONGEST: i64 = i32::MAX as i64;

/// What an advisory lock is bound to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum AdvisoryForm {
    /// A session of the server's. It needs a connection to the server itself: a pooler gives its sessions to anybody.
    #[default]
    Session,
    /// A transaction that stays open as long as the lock is held. It goes through a pooler in transaction mode, too, and takes
    /// one of its connections to the server meanwhile.
    Transaction,
}

/// A connection that holds an advisory lock, or is about to. Dropping it ends the lock.
pub(crate) struct AdvisorySession {
    link: Arc<Link>,
    connection: Connection,
    form: AdvisoryForm,
    /// What the session was told when it began; a session of another connection was not.
    mark: String,
}

impl Postgres {
    /// The table, by its schema and name.
    pub(crate) fn shown_table(&self) -> String {
        self.names.shown()
    }

    /// Connects to the primary for one lock. `nonce` is random.
    ///
    /// Cancellation: nothing is left behind.
    pub(crate) async fn advisory_session(
        &self,
        cx: &Context,
        form: AdvisoryForm,
        nonce: u64,
    ) -> Result<AdvisorySession> {
        let mark = format!("{nonce:016x}");
        let connected = match form {
            AdvisoryForm::Session if !self.link.keeps_sessions() => return Err(through_a_pooler()),
            AdvisoryForm::Session => self.link.connect_marked(cx, &mark).await,
            AdvisoryForm::Transaction => self.link.connect(cx).await,
        };
        let mut session = AdvisorySession {
            link: Arc::clone(&self.link),
            connection: connected.map_err(refusal)?,
            form,
            mark,
        };
        if form == AdvisoryForm::Session {
            let deadline = Deadline::at(self.link.deadline(cx));
            let sql = format!("SELECT {} AS ours", session.is_ours());
            if session.ask(&sql, "ours", deadline).await? != Some(true) {
                return Err(through_a_pooler());
            }
        }
        Ok(session)
    }
}

impl AdvisorySession {
    /// Takes the lock if nobody has it.
    ///
    /// Cancellation: the session is of no more use.
    pub(crate) async fn try_lock(&mut self, number: i64, ttl: Ttl, cx: &Context) -> Result<bool> {
        let deadline = Deadline::at(self.link.deadline(cx));
        let (begin, function) = match self.form {
            AdvisoryForm::Session => ("", "pg_try_advisory_lock"),
            AdvisoryForm::Transaction => (
                "BEGIN ISOLATION LEVEL READ COMMITTED; ",
                "pg_try_advisory_xact_lock",
            ),
        };
        let (is_ours, ends) = (self.is_ours(), self.ends_after(ttl));
        let sql = format!(
            "{begin}SELECT CASE WHEN NOT {is_ours} THEN NULL WHEN {function}({number}) THEN {ends} ELSE false END AS locked"
        );
        let locked = self.ask(&sql, "locked", deadline).await?;
        if locked != Some(true) && self.form == AdvisoryForm::Transaction {
            self.run("ROLLBACK", deadline).await?;
        }
        locked.ok_or_else(|| {
            let wrong = "the server is not the primary any more, or the session is another; nothing was locked: try again";
            Error::new(ErrorKind::Unavailable, wrong)
        })
    }

    /// Tells the server that the holder lives, and for how long it need not say so again.
    ///
    /// Cancellation: the session is of no more use.
    pub(crate) async fn stay(&mut self, ttl: Ttl, deadline: Deadline) -> Result<bool> {
        if self.link.is_closed() {
            return Ok(false);
        }
        let (is_ours, ends) = (self.is_ours(), self.ends_after(ttl));
        let sql = format!("SELECT CASE WHEN {is_ours} THEN {ends} ELSE false END AS held");
        Ok(self.ask(&sql, "held", deadline).await? == Some(true))
    }

    /// Gives the lock up; says whether it was held.
    ///
    /// Cancellation: it is given up.
    pub(crate) async fn unlock(mut self, number: i64) -> Result<bool> {
        let deadline = Deadline::at(self.link.deadline(&Context::new()));
        let held = match self.form {
            AdvisoryForm::Session => {
                let sql = format!("SELECT pg_advisory_unlock({number}) AS held");
                self.ask(&sql, "held", deadline).await? == Some(true)
            }
            AdvisoryForm::Transaction => self.run("ROLLBACK", deadline).await.map(|()| true)?,
        };
        self.connection.close().await;
        Ok(held)
    }

    /// SQL: whether this is the session that the connection began, on a server that decides.
    fn is_ours(&self) -> String {
        match self.form {
            AdvisoryForm::Session => format!(
                "(NOT pg_is_in_recovery() AND current_setting('{MARK}', true) IS NOT DISTINCT FROM '{}')",
                self.mark
            ),
            AdvisoryForm::Transaction => "(NOT pg_is_in_recovery())".to_owned(),
        }
    }

    /// SQL: has the server end what is silent for so long; true. A server before version 14 does not end sessions for it.
    fn ends_after(&self, ttl: Ttl) -> String {
        let millis = ttl.as_millis().min(LONGEST);
        match self.form {
            AdvisoryForm::Session => format!(
                "set_config(CASE WHEN current_setting('server_version_num')::int >= 140000 THEN 'idle_session_timeout' \
                 ELSE '{MARK}_ttl' END, '{millis}', false) IS NOT NULL"
            ),
            AdvisoryForm::Transaction => format!(
                "set_config('idle_in_transaction_session_timeout', '{millis}', true) IS NOT NULL"
            ),
        }
    }

    async fn ask(&mut self, sql: &str, name: &str, deadline: Deadline) -> Result<Option<bool>> {
        let rows = self.connection.script(sql, deadline.instant()).await;
        let rows = rows.map_err(|failure| failure.into_error(Effect::Read))?;
        match rows.first() {
            Some(row) => column(row, name),
            None => Err(Failure::unexpected("whether it is locked").into_error(Effect::Read)),
        }
    }

    async fn run(&mut self, sql: &str, deadline: Deadline) -> Result<()> {
        let ran = self.connection.script(sql, deadline.instant()).await;
        ran.map(drop)
            .map_err(|failure| failure.into_error(Effect::Read))
    }
}

/// A pooler may know no parameter but its own, and refuse the connection.
fn refusal(failure: Failure) -> Error {
    if failure.code() == "08P01" && failure.message().contains("startup parameter") {
        return through_a_pooler().with_source(failure);
    }
    failure.into_error(Effect::Read)
}

fn through_a_pooler() -> Error {
    Error::new(
        ErrorKind::Unsupported,
        "the session form of an advisory lock wants a session of the server, and a pooler stands between, which gives its \
         sessions to anybody: connect to the server itself, with `statement_cache` on, or take the transaction form",
    )
}

impl fmt::Debug for AdvisorySession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AdvisorySession")
            .field("form", &self.form)
            .finish_non_exhaustive()
    }
}
