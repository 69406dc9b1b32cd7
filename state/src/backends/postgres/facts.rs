//! What the servers say of themselves and of the table.

use std::time::{Duration, Instant};

use super::Postgres;
use super::commit::unexpected;
use super::link::{Connection, Effect, Failure, PostgresHost, PostgresPool};
use super::row;
use crate::backend::{Context, Observation, Observed};
use crate::clock::Timestamp;
use crate::error::{Error, ErrorKind, Result};

/// How long a statement about the whole table may take.
const PATIENCE: Duration = Duration::from_hours(24);

/// The primary, as it describes itself.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PostgresServer {
    /// Its version, such as `15.8`.
    pub version: String,
    /// How long it has been running.
    pub uptime: Duration,
    /// How many clients are connected to the database.
    pub connections: u64,
    /// How many the server takes in all.
    pub max_connections: u64,
    /// How many bytes the database takes on its disk.
    pub database_bytes: u64,
}

/// The table, as the server describes it. Numbers of rows are estimates.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TableStats {
    /// How many rows there are, expired ones that have not been swept among them.
    pub rows: u64,
    /// How many rows were changed or deleted and take room until the next vacuum.
    pub dead_rows: u64,
    /// How many bytes the rows take, without what lies apart.
    pub table_bytes: u64,
    /// How many bytes the indexes take.
    pub index_bytes: u64,
    /// How many bytes large values take, which lie apart.
    pub toast_bytes: u64,
    /// When it was last vacuumed, by the server's clock.
    pub last_vacuum: Option<Timestamp>,
}

const SERVER: &str = "SELECT current_setting('server_version') AS version, \
    floor(date_part('epoch', clock_timestamp() - pg_postmaster_start_time()))::bigint AS uptime, \
    (SELECT numbackends FROM pg_stat_database WHERE datname = current_database())::bigint AS connections, \
    current_setting('max_connections')::bigint AS max_connections, \
    pg_database_size(current_database()) AS bytes";

const TABLE: &str = "SELECT \
        sum(greatest(s.n_live_tup, 0))::bigint AS rows, sum(s.n_dead_tup)::bigint AS dead, \
        sum(pg_relation_size(c.oid))::bigint AS bytes, sum(pg_indexes_size(c.oid))::bigint AS indexes, \
        sum(CASE c.reltoastrelid WHEN 0 THEN 0 ELSE pg_total_relation_size(c.reltoastrelid) END)::bigint AS toast, \
        floor(date_part('epoch', max(greatest(s.last_vacuum, s.last_autovacuum))) * 1000)::bigint AS vacuumed \
    FROM pg_class AS c JOIN pg_stat_all_tables AS s ON s.relid = c.oid \
    WHERE c.relkind = 'r' AND ( \
        c.oid = '{table}'::regclass OR c.oid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = '{table}'::regclass) \
    )";

/// The server passes over what the user may not vacuum, and calls that a success.
const MAY_VACUUM: &str = "SELECT pg_has_role(c.relowner, 'USAGE') OR pg_has_role(d.datdba, 'USAGE') OR \
        CASE WHEN current_setting('server_version_num')::integer >= 170000 \
        THEN has_table_privilege(c.oid, 'MAINTAIN') ELSE false END AS may \
    FROM pg_class AS c, pg_database AS d WHERE c.oid = '{table}'::regclass AND d.datname = current_database()";

impl Postgres {
    /// The primary, as it describes itself.
    ///
    /// Cancellation: nothing is left behind.
    pub async fn server_info(&self) -> Result<PostgresServer> {
        let rows = self.ask(SERVER.to_owned()).await?;
        let row = rows.first().ok_or_else(|| unexpected("a row"))?;
        let number = |name| row::column::<i64, _>(row, name).map(i64::unsigned_abs);
        Ok(PostgresServer {
            version: row::column(row, "version")?,
            uptime: Duration::from_secs(number("uptime")?),
            connections: number("connections")?,
            max_connections: number("max_connections")?,
            database_bytes: number("bytes")?,
        })
    }

    /// The table, as the server describes it.
    ///
    /// Cancellation: nothing is left behind.
    pub async fn table_stats(&self) -> Result<TableStats> {
        let rows = self.ask(self.of_table(TABLE)).await?;
        let row = rows.first().ok_or_else(|| unexpected("a row"))?;
        let number = |name| {
            let number = row::column::<Option<i64>, _>(row, name)?;
            Ok::<_, Error>(number.unwrap_or_default().max(0).unsigned_abs())
        };
        let vacuumed: Option<i64> = row::column(row, "vacuumed")?;
        Ok(TableStats {
            rows: number("rows")?,
            dead_rows: number("dead")?,
            table_bytes: number("bytes")?,
            index_bytes: number("indexes")?,
            toast_bytes: number("toast")?,
            last_vacuum: vacuumed.map(Timestamp::from_millis),
        })
    }

    /// Has the server take back the room of rows that were changed or deleted, and count the rest anew. It does so by
    /// itself, too; it makes sense after much was deleted. Reads and writes go on meanwhile.
    ///
    /// Cancellation: some of the room may have been taken back.
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration) where the user owns neither the table nor the database and has not
    /// the privilege `MAINTAIN`, which PostgreSQL has from 17 on.
    pub async fn vacuum(&self) -> Result<()> {
        let rows = self.ask(self.of_table(MAY_VACUUM)).await?;
        let row = rows.first().ok_or_else(|| unexpected("a row"))?;
        if !row::column::<bool, _>(row, "may")? {
            let message = format!(
                "PostgreSQL: the user may not vacuum the table {}; nothing was done: do so as its owner, or leave it to \
                 the server",
                self.names.shown()
            );
            return Err(Error::new(ErrorKind::Configuration, message));
        }
        let mut connection = self.connection().await?;
        let deadline = Instant::now() + PATIENCE;
        // In a statement of its own: with another beside it, it would be in a transaction, where it may not run.
        let failed = |failure: Failure| failure.into_error(Effect::Read);
        let unlimited = connection.unlimited(deadline).await;
        unlimited.map_err(failed)?;
        let vacuum = self.names.fill("VACUUM (ANALYZE) {table}");
        connection.script(vacuum, deadline).await.map_err(failed)?;
        connection.close().await;
        Ok(())
    }

    /// Each host of the configuration, asked now: whether it is a primary, and how far behind it is.
    ///
    /// Cancellation: nothing is left behind.
    pub async fn replication(&self) -> Vec<PostgresHost> {
        self.link.hosts().await
    }

    /// The connections as they are now, without asking anybody.
    pub fn pool_state(&self) -> PostgresPool {
        self.link.pool_state()
    }

    /// SQL in which the table's name stands as text.
    fn of_table(&self, sql: &str) -> String {
        let table = self.names.of_schema("").replace('\'', "''");
        sql.replace("{table}", &table)
    }

    async fn connection(&self) -> Result<Connection> {
        let connected = self.link.connect(&Context::new()).await;
        connected.map_err(|failure| failure.into_error(Effect::Read))
    }

    async fn ask(&self, sql: String) -> Result<Vec<::sqlx::postgres::PgRow>> {
        let mut connection = self.connection().await?;
        let deadline = self.link.deadline(&Context::new());
        let rows = connection.script(sql, deadline).await;
        let rows = rows.map_err(|failure| failure.into_error(Effect::Read))?;
        connection.close().await;
        Ok(rows)
    }
}

impl Observed for Postgres {
    fn observations(&self) -> Vec<Observation> {
        let pool = self.pool_state();
        Observation::of_pool([
            ("active", pool.size.saturating_sub(pool.idle)),
            ("idle", pool.idle),
            ("waiting", pool.waiting),
        ])
    }
}
