use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection, PgRow, PgSslMode};
use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _, Row as _, ValueRef as _,
    raw_sql,
};
use tokio::time::timeout;
use typed_state::testing::TestResult;

use super::POSTGRES;
use super::server::PostgresServer;
use crate::servers::wait;

const PATIENCE: Duration = Duration::from_secs(10);

/// How a test and its servers reach a server, whatever becomes of what the test is about.
pub(in crate::servers) fn reach(host: &str, port: u16, database: &str) -> PgConnectOptions {
    PgConnectOptions::new_without_pgpass()
        .host(host)
        .port(port)
        .username(POSTGRES)
        .database(database)
        .ssl_mode(PgSslMode::Disable)
        // Passwords stand in them.
        .disable_statement_logging()
}

/// Runs statements on a connection of their own; what the last of them that has any rows says first.
pub(in crate::servers) async fn ask(
    options: &PgConnectOptions,
    statements: &str,
) -> TestResult<Option<String>> {
    let asked = timeout(PATIENCE, async {
        let mut connection = PgConnection::connect_with(options).await?;
        let sql = raw_sql(AssertSqlSafe(statements));
        let rows = connection.fetch_all(sql).await?;
        connection.close().await?;
        rows.last().map_or(Ok(None), first)
    });
    let asked = asked
        .await
        .map_err(|_| format!("no answer within {PATIENCE:?}"))?;
    Ok(asked?)
}

fn first(row: &PgRow) -> sqlx::Result<Option<String>> {
    let value = row.try_get_raw(0)?;
    if value.is_null() {
        return Ok(None);
    }
    let text = value.as_str().map_err(sqlx::Error::Decode)?;
    Ok(Some(text.to_owned()))
}

impl PostgresServer {
    /// Runs statements, as a user that may do everything, on a connection of their own.
    ///
    /// # Errors
    /// Where the server does not run, where it answers with an error, and after 10 s.
    ///
    /// Cancellation: they may have been executed.
    pub async fn execute(&self, statements: &str) -> TestResult {
        self.ask(statements).await.map(drop)
    }

    /// Runs a query as [`execute`](Self::execute) does; the first column of its last row, as text.
    ///
    /// # Errors
    /// As [`execute`](Self::execute), and where there is no row, or null in it.
    ///
    /// Cancellation: it may have been executed.
    pub async fn query_one_text(&self, query: &str) -> TestResult<String> {
        let text = self.ask(query).await?;
        text.ok_or_else(|| format!("PostgreSQL at port {}: no row, or null", self.port()).into())
    }

    /// Ends the connections of all clients, and tells how many there were.
    ///
    /// # Errors
    /// As [`execute`](Self::execute).
    ///
    /// Cancellation: they may have been ended.
    pub async fn terminate_backends(&self) -> TestResult<u64> {
        let query = "select count(*) filter (where pg_terminate_backend(pid)) from pg_stat_activity \
            where backend_type = 'client backend' and pid <> pg_backend_pid()";
        Ok(self.query_one_text(query).await?.parse()?)
    }

    /// Waits until the server answers, for instance after one of its processes was killed.
    ///
    /// # Errors
    /// Where it does not in time.
    ///
    /// Cancellation: without effect.
    pub async fn wait_until_ready(&self) -> TestResult {
        let ask = || async { self.execute("select 1").await.map(Some) };
        wait::until("PostgreSQL answers", ask).await
    }

    /// Waits until a query answers `t`.
    pub(super) async fn wait_until(&self, what: &str, query: &str) -> TestResult {
        wait::until(what, || async {
            let answer = self.query_one_text(query).await?;
            Ok((answer == "t").then_some(()))
        })
        .await
    }

    async fn ask(&self, statements: &str) -> TestResult<Option<String>> {
        let folder = self.socket_folder().to_str().ok_or("a path is not UTF-8")?;
        let asked = ask(&reach(folder, self.port(), POSTGRES), statements).await;
        asked.map_err(|error| format!("PostgreSQL at port {}: {error}", self.port()).into())
    }
}
