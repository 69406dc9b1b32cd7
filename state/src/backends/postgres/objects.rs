//! A table of named bytes, each written once: where checkpoints are kept.

use std::fmt;
use std::time::{Duration, Instant};

use ::sqlx::{AssertSqlSafe, SqlSafeStr as _, SqlStr};
use bytes::Bytes;

use super::bind::{Bind, read, write};
use super::commit::unexpected;
use super::config::PostgresConfig;
use super::link::{Connection, Effect, Failure, Link, Settings};
use super::migration::LOCK;
use super::names::Names;
use super::row;
use super::single::late;
use crate::backend::{Context, Deadline};
use crate::clock::Timestamp;
use crate::error::{Error, ErrorKind, Result};

/// What a request has beside `command_timeout`: objects are larger than entries.
const BESIDE: Duration = Duration::from_mins(1);
/// The longest name of a table.
const MAX_TABLE_LEN: usize = 63;

/// Names are compared by their bytes whatever the database is set to. What is stored is compressed already.
const TABLE: &str = "CREATE TABLE IF NOT EXISTS {table} \
    (name text COLLATE \"C\" PRIMARY KEY, bytes bytea NOT NULL, created timestamptz NOT NULL DEFAULT clock_timestamp()); \
    ALTER TABLE {table} ALTER COLUMN bytes SET STORAGE EXTERNAL; COMMIT";
const COLUMNS: &str = "SELECT count(*) AS columns FROM pg_attribute WHERE attrelid = to_regclass('{literal}') \
    AND attnum > 0 AND NOT attisdropped AND (attname::text, format_type(atttypid, atttypmod)) \
    IN (('name', 'text'), ('bytes', 'bytea'), ('created', 'timestamp with time zone'))";

/// A creator who comes while another's insert is undecided waits for it.
const CREATE: &str = "WITH made AS (INSERT INTO {table} (name, bytes) SELECT $1, $2 WHERE {now} < $3 \
    ON CONFLICT (name) DO NOTHING RETURNING 1) \
    SELECT EXISTS (SELECT FROM made) AS made, {now} < $3 AS in_time";
const READ: &str = "SELECT bytes FROM {table} WHERE name = $1";
const LIST: &str = "SELECT name, octet_length(bytes)::bigint AS len, \
    floor(date_part('epoch', created) * 1000)::bigint AS created FROM {table} \
    WHERE name COLLATE \"C\" >= $1 AND name COLLATE \"C\" < $2";
const DELETE: &str = "WITH gone AS (DELETE FROM {table} WHERE name = $1 AND {now} < $2 RETURNING 1) \
    SELECT count(*) AS gone, {now} < $2 AS in_time FROM gone";

pub(crate) struct ObjectTable {
    link: Link,
    shown: String,
    create: SqlStr,
    read: SqlStr,
    list: SqlStr,
    delete: SqlStr,
}

/// What a row is beside its bytes.
pub(crate) struct ObjectRow {
    pub(crate) name: String,
    pub(crate) len: u64,
    pub(crate) created: Timestamp,
}

impl ObjectTable {
    /// Connects, and makes the table in the configuration's schema where it is not there and `migrate` permits it.
    ///
    /// Cancellation: nothing is left behind but a table that may have been made.
    pub(crate) async fn open(config: &PostgresConfig, table: &str) -> Result<Self> {
        if table.is_empty() || table.len() > MAX_TABLE_LEN || table.contains('\0') {
            let message = format!("a table has a name of 1 to {MAX_TABLE_LEN} bytes");
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        let options = &config.options;
        let names = Names::named(options, table);
        let link = Link::open(Settings::of(options)?).await?;
        let mut connection = link.connect(&Context::new()).await.map_err(failed)?;
        make(&mut connection, &names, options.migrate).await?;
        connection.close().await;
        let fill = |sql: &str| AssertSqlSafe(names.fill(sql)).into_sql_str();
        Ok(Self {
            link,
            shown: names.shown(),
            create: fill(CREATE),
            read: fill(READ),
            list: fill(LIST),
            delete: fill(DELETE),
        })
    }

    /// Writes a row that is not there; `false` where there is one of that name.
    pub(crate) async fn create(&self, name: &str, bytes: &Bytes) -> Result<bool> {
        let request = write(&self.create, |deadline| {
            let bind = Bind::default().with(name).with(&bytes[..]);
            bind.with(deadline).done()
        });
        let rows = self.link.call(&self.context(), request).await;
        let rows = rows.map_err(|failure| failure.into_error(Effect::Write))?;
        let answer = rows.first().ok_or_else(|| unexpected("a row"))?;
        let made = row::column(answer, "made")?;
        if made || row::column(answer, "in_time")? {
            return Ok(made);
        }
        Err(late())
    }

    pub(crate) async fn read(&self, name: &str) -> Result<Option<Bytes>> {
        let request = read(&self.read, |_| Bind::default().with(name).done());
        let rows = self.link.call(&self.context(), request).await;
        let rows = rows.map_err(failed)?;
        let Some(found) = rows.first() else {
            return Ok(None);
        };
        let bytes: Vec<u8> = row::column(found, "bytes")?;
        Ok(Some(bytes.into()))
    }

    /// The rows whose names are `folder/` and more.
    pub(crate) async fn list(&self, folder: &str) -> Result<Vec<ObjectRow>> {
        // The byte after the slash.
        let (from, to) = (format!("{folder}/"), format!("{folder}0"));
        let request = read(&self.list, |_| {
            Bind::default().with(&from[..]).with(&to[..]).done()
        });
        let rows = self.link.call(&self.context(), request).await;
        let rows = rows.map_err(failed)?;
        let object = |found| {
            Ok(ObjectRow {
                name: row::column(found, "name")?,
                len: row::column::<i64, _>(found, "len")?.unsigned_abs(),
                created: Timestamp::from_millis(row::column(found, "created")?),
            })
        };
        rows.iter().map(object).collect()
    }

    pub(crate) async fn delete(&self, name: &str) -> Result<()> {
        let request = write(&self.delete, |deadline| {
            Bind::default().with(name).with(deadline).done()
        });
        let rows = self.link.call(&self.context(), request).await;
        let rows = rows.map_err(|failure| failure.into_error(Effect::Write))?;
        let answer = rows.first().ok_or_else(|| unexpected("a row"))?;
        if row::column(answer, "in_time")? {
            return Ok(());
        }
        Err(late())
    }

    fn context(&self) -> Context {
        let deadline = Instant::now() + self.link.command_timeout() + BESIDE;
        let mut cx = Context::new();
        cx.deadline = Some(Deadline::at(deadline));
        cx
    }
}

async fn make(connection: &mut Connection, names: &Names, migrate: bool) -> Result<()> {
    let deadline = Instant::now() + BESIDE;
    let literal = names.of_schema("").replace('\'', "''");
    let columns = COLUMNS.replace("{literal}", &literal);
    let mut found = count(connection, &columns, deadline).await?;
    if found == 0 && migrate {
        // Not all may make schemas that are there.
        let schema = names.fill("{schema}").replace('\'', "''");
        let there =
            format!("SELECT (to_regnamespace('{schema}') IS NOT NULL)::int::bigint AS columns");
        let there = count(connection, &there, deadline).await? == 1;
        let schema = if there {
            ""
        } else {
            "CREATE SCHEMA IF NOT EXISTS {schema};"
        };
        let sql = format!("BEGIN; SELECT pg_advisory_xact_lock({LOCK}); {schema} {TABLE}");
        let made = connection.script(names.fill(&sql), deadline).await;
        made.map_err(failed)?;
        found = count(connection, &columns, deadline).await?;
    }
    match found {
        3 => Ok(()),
        0 => Err(Error::new(
            ErrorKind::Configuration,
            format!(
                "the table {} for checkpoints is not there; connect once with `migrate`",
                names.shown()
            ),
        )),
        _ => Err(Error::new(
            ErrorKind::IncompatibleSchema,
            format!(
                "the table {} is none of checkpoints, which has the columns name, bytes and created; name another",
                names.shown()
            ),
        )),
    }
}

async fn count(connection: &mut Connection, sql: &str, deadline: Instant) -> Result<i64> {
    let rows = connection.script(sql, deadline).await.map_err(failed)?;
    let answer = rows.first().ok_or_else(|| unexpected("a row"))?;
    row::column(answer, "columns")
}

fn failed(failure: Failure) -> Error {
    failure.into_error(Effect::Read)
}

impl fmt::Debug for ObjectTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ObjectTable")
            .field("servers", &self.link.addresses())
            .field("table", &self.shown)
            .finish_non_exhaustive()
    }
}
