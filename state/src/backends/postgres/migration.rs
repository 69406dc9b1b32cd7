//! What makes the table and the functions, and tells whether they are there.

use std::time::{Duration, Instant};

use ::sqlx::postgres::PgRow;

use super::config::PostgresConfig;
use super::link::{Connection, Effect, Failure};
use super::names::{Names, VERSION};
use super::row;
use crate::error::{Error, ErrorKind, Result};

/// What leads from each version to the next. A step of the past is never changed.
const STEPS: [&str; 3] = [
    concat!(
        include_str!("migrations/0001_tables.sql"),
        include_str!("migrations/0001_commit.sql"),
        include_str!("migrations/0001_commit_one.sql")
    ),
    include_str!("migrations/0002_metadata.sql"),
    include_str!("migrations/0003_in_time.sql"),
];

/// The oldest version of a program that can work with what the steps make.
const OLDEST: i32 = 1;

/// Held by the one who changes a schema, in any database of any program: a number drawn once.
pub(super) const LOCK: i64 = 0x7479_7065_6473_7461;

/// How long the change may take, with the wait for others that make it.
const PATIENCE: Duration = Duration::from_mins(1);

const COLUMNS: [(&str, &str); 8] = [
    ("key", "bytea"),
    ("value", "bytea"),
    ("revision", "bigint"),
    ("layout", "integer"),
    ("metadata", "jsonb"),
    ("created", "timestamp with time zone"),
    ("updated", "timestamp with time zone"),
    ("expires", "bigint"),
];

impl PostgresConfig {
    /// The SQL that makes the table and what belongs to it, for those who do so by other means than
    /// [`Postgres::open`](super::Postgres::open): with `psql`, by another user, before the program starts.
    pub fn migration_sql(&self) -> String {
        let names = Names::of(&self.options);
        let schema = names.fill("CREATE SCHEMA IF NOT EXISTS {schema};");
        format!("BEGIN;\n{schema}\n{}COMMIT;\n", steps(&names, 0))
    }
}

/// Makes the table where it is not there and `migrate` permits it, and checks that this program can work with it. Many
/// programs may do so at once.
///
/// Cancellation: nothing is changed, or everything.
pub(super) async fn bring_up_to_date(
    connection: &mut Connection,
    names: &Names,
    migrate: bool,
) -> Result<()> {
    let deadline = Instant::now() + PATIENCE;
    let about = names.fill("SELECT version, oldest FROM {about}");
    let version = match connection.script(about.clone(), deadline).await {
        Ok(rows) => version_of(rows.first(), names)?,
        Err(failure) if matches!(failure.code(), "42P01" | "3F000") => 0,
        Err(failure) => return Err(failed(failure)),
    };
    if version < VERSION && !migrate {
        return Err(missing(names, version));
    }
    if version < VERSION {
        let begin = format!(
            "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL statement_timeout = '60s'; SET LOCAL lock_timeout = '60s'; \
             SELECT pg_advisory_xact_lock({LOCK})"
        );
        run(connection, begin, deadline).await?;
        // Another program may have been quicker. What is there is asked for only now, when nobody changes it.
        let there = run(connection, there(names), deadline).await?;
        let there = there.first();
        let is_there = |name: &str| match there {
            Some(row) => row::column::<bool, _>(row, name),
            None => Ok(false),
        };
        let mut sql = String::new();
        if !is_there("has_schema")? {
            sql.push_str(&names.fill("CREATE SCHEMA {schema};\n"));
        }
        let version = if is_there("has_about")? {
            version_of(run(connection, about, deadline).await?.first(), names)?
        } else if is_there("has_table")? {
            return Err(foreign(names, "it has no table of versions beside it"));
        } else {
            0
        };
        sql.push_str(&steps(names, version));
        sql.push_str("COMMIT;");
        run(connection, sql, deadline).await?;
    }
    check_columns(connection, names, deadline).await
}

/// The SQL of all steps after `version`.
fn steps(names: &Names, version: i32) -> String {
    let done = usize::try_from(version).unwrap_or_default();
    let mut sql = String::new();
    for (step, to) in STEPS.iter().zip(1..).skip(done) {
        sql.push_str(&names.fill(&step.replace("{partitions}", &names.partitions())));
        let about = format!("UPDATE {{about}} SET version = {to}, oldest = {OLDEST};\n");
        sql.push_str(&names.fill(&about));
    }
    sql
}

fn there(names: &Names) -> String {
    let literal = |name: &str| format!("'{}'", name.replace('\'', "''"));
    format!(
        "SELECT to_regclass({}) IS NOT NULL AS has_table, to_regclass({}) IS NOT NULL AS has_about, \
         to_regnamespace({}) IS NOT NULL AS has_schema",
        literal(&names.of_schema("")),
        literal(&names.of_schema("_schema")),
        literal(&names.fill("{schema}"))
    )
}

/// The version that the table of versions tells; an error where this program is too old for it.
fn version_of(row: Option<&PgRow>, names: &Names) -> Result<i32> {
    let Some(row) = row else {
        return Err(foreign(names, "its table of versions is empty"));
    };
    let version: i32 = row::column(row, "version")?;
    let oldest: i32 = row::column(row, "oldest")?;
    if oldest > VERSION {
        let message = format!(
            "the table {} is of version {version}, and this program knows {VERSION}: run a newer program, or name \
             another `table`",
            names.shown()
        );
        return Err(Error::new(ErrorKind::IncompatibleSchema, message));
    }
    Ok(version)
}

async fn check_columns(
    connection: &mut Connection,
    names: &Names,
    deadline: Instant,
) -> Result<()> {
    let table = names.of_schema("").replace('\'', "''");
    let sql = format!(
        "SELECT attname::text AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute \
         WHERE attrelid = to_regclass('{table}') AND attnum > 0 AND NOT attisdropped"
    );
    let rows = run(connection, sql, deadline).await?;
    let mut found = Vec::with_capacity(rows.len());
    for row in &rows {
        let name: &str = row::column(row, "name")?;
        let of: &str = row::column(row, "type")?;
        found.push((name, of));
    }
    for (name, of) in COLUMNS {
        if !found.contains(&(name, of)) {
            return Err(foreign(
                names,
                &format!("it has no column `{name}` of type {of}"),
            ));
        }
    }
    Ok(())
}

async fn run(connection: &mut Connection, sql: String, deadline: Instant) -> Result<Vec<PgRow>> {
    connection.script(sql, deadline).await.map_err(failed)
}

fn failed(failure: Failure) -> Error {
    failure.into_error(Effect::Read)
}

fn missing(names: &Names, version: i32) -> Error {
    let message = match version {
        0 => format!("the table {} is not there", names.shown()),
        _ => format!(
            "the table {} is of version {version}, and this program needs {VERSION}",
            names.shown()
        ),
    };
    let advice =
        "open the store once with `migrate`, or run what `PostgresConfig::migration_sql` gives";
    Error::new(ErrorKind::Configuration, format!("{message}; {advice}"))
}

fn foreign(names: &Names, why: &str) -> Error {
    let message = format!(
        "the table {} is not one that the store made: {why}; name another `table` or `schema`",
        names.shown()
    );
    Error::new(ErrorKind::IncompatibleSchema, message)
}
