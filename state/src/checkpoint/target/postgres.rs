use bytes::Bytes;

use super::{Object, Target};
use crate::backends::{ObjectRow, ObjectTable, PostgresConfig};
use crate::error::Result;

/// Checkpoints in a table of PostgreSQL, a row an object.
///
/// It has connections of its own and lives on the tokio runtime that it was connected on. That the table of a store on the same server is
/// lost with the server is why checkpoints are better kept on another.
#[derive(Debug)]
pub struct PostgresTable {
    table: ObjectTable,
}

impl PostgresTable {
    /// Connects to the servers that the configuration names. The table is in the configuration's `schema`, and is made where
    /// it is not there, unless `migrate` is off:
    ///
    /// ```sql
    /// CREATE TABLE checkpoints (name text COLLATE "C" PRIMARY KEY, bytes bytea NOT NULL,
    ///     created timestamptz NOT NULL DEFAULT clock_timestamp());
    /// ```
    ///
    /// # Errors
    /// As those of [`Postgres::open`](crate::backends::Postgres::open);
    /// [`IncompatibleSchema`](crate::ErrorKind::IncompatibleSchema) where the table is of another kind.
    ///
    /// Cancellation: nothing is left behind but a table that may have been made.
    pub async fn connect(config: &PostgresConfig, table: &str) -> Result<Self> {
        let table = ObjectTable::open(config, table).await?;
        Ok(Self { table })
    }
}

impl Target for PostgresTable {
    async fn create(&self, name: &str, bytes: Bytes) -> Result<bool> {
        self.table.create(name, &bytes).await
    }

    async fn read(&self, name: &str) -> Result<Option<Bytes>> {
        self.table.read(name).await
    }

    async fn list(&self, folder: &str) -> Result<Vec<Object>> {
        let rows = self.table.list(folder).await?;
        let object = |row: ObjectRow| Object {
            name: row.name,
            len: row.len,
            created: row.created,
        };
        Ok(rows.into_iter().map(object).collect())
    }

    async fn delete(&self, name: &str) -> Result<()> {
        self.table.delete(name).await
    }
}
