use std::fmt;
use std::path::Path;
use std::time::Duration;

use super::draft::Draft;
use super::located::{DATABASE, PASSWORD, USERNAME};
use super::options::SslMode;
use super::postgres_config::PostgresConfig;
use super::{rows, rules};
use crate::backend::Ttl;
use crate::backends::options::{Form, Row, refused};
use crate::error::Result;

/// A [`PostgresConfig`] in the making: one method an option. Mistakes are kept for [`build`](Self::build).
#[derive(Clone, Default)]
#[must_use]
pub struct PostgresConfigBuilder {
    pub(super) form: Form<Draft>,
}

impl PostgresConfigBuilder {
    /// The user to log in as. It must be given.
    pub fn username(self, name: impl AsRef<str>) -> Self {
        self.with(&USERNAME, name.as_ref())
    }

    /// The password to log in with. Default: none.
    pub fn password(self, password: impl AsRef<str>) -> Self {
        self.with(&PASSWORD, password.as_ref())
    }

    /// The database: 1 to 63 bytes. Default: that of the user's name.
    pub fn database(self, name: impl AsRef<str>) -> Self {
        self.with(&DATABASE, name.as_ref())
    }

    /// The schema that the table is in: 1 to 63 letters of `a-z`, digits and `_`, and no digit first. Default: `public`.
    pub fn schema(self, name: impl AsRef<str>) -> Self {
        self.with(&rows::SCHEMA, name.as_ref())
    }

    /// The table, whose name that of everything beside it begins with: 1 to 40 letters of `a-z`, digits and `_`, and no
    /// digit first. Default: `state`.
    pub fn table(self, name: impl AsRef<str>) -> Self {
        self.with(&rows::TABLE, name.as_ref())
    }

    /// How connections are secured. Default: [`SslMode::Prefer`], as in PostgreSQL's own programs.
    pub fn ssl_mode(mut self, mode: SslMode) -> Self {
        self.form.draft.options.ssl_mode = mode;
        self
    }

    /// The PEM file of authorities to trust beside those of the system, or the PEM itself; for the modes that verify.
    /// Default: none.
    pub fn ssl_root_cert(self, path_or_pem: impl AsRef<Path>) -> Self {
        self.with_path(&rows::SSL_ROOT_CERT, path_or_pem.as_ref())
    }

    /// The PEM file of the client's certificate and its chain, or the PEM itself; needs an [`ssl_key`](Self::ssl_key).
    /// Default: none.
    pub fn ssl_cert(self, path_or_pem: impl AsRef<Path>) -> Self {
        self.with_path(&rows::SSL_CERT, path_or_pem.as_ref())
    }

    /// The PEM file of the key of the [`ssl_cert`](Self::ssl_cert), or the PEM itself. Default: none.
    pub fn ssl_key(self, path_or_pem: impl AsRef<Path>) -> Self {
        self.with_path(&rows::SSL_KEY, path_or_pem.as_ref())
    }

    /// What connections are called in `pg_stat_activity`: 1 to 63 printable ASCII characters. Default: `typed-state`.
    pub fn application_name(self, name: impl AsRef<str>) -> Self {
        self.with(&rows::APPLICATION_NAME, name.as_ref())
    }

    /// How many connections of a pool are kept open: 0 to 10,000. Default: 10, or [`pool_max`](Self::pool_max) where
    /// that is less.
    pub fn pool_min(mut self, count: u32) -> Self {
        self.form.draft.set_pool_min(count);
        self
    }

    /// How many connections a pool has at the most: 1 to 10,000. Default: 50.
    pub fn pool_max(mut self, count: u32) -> Self {
        self.form.draft.options.pool_max = count;
        self
    }

    /// The longest wait for a connection of the pool: 1 ms to 1 h. The caller's deadline holds too. Default: 30 s.
    pub fn pool_timeout(mut self, timeout: Duration) -> Self {
        self.form.draft.options.pool_timeout = timeout;
        self
    }

    /// The longest wait until a connection is made and logged in: 1 ms to 1 h. Default: 5 s.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.form.draft.options.connect_timeout = timeout;
        self
    }

    /// The deadline of an operation that has none of its own: 1 ms to 1 h after it begins. Default: 3 s.
    pub fn command_timeout(mut self, timeout: Duration) -> Self {
        self.form.draft.options.command_timeout = timeout;
        self
    }

    /// How long a connection that is not used is kept, of those over [`pool_min`](Self::pool_min): 1 s to 24 h.
    /// Default: 10 min.
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.form.draft.options.idle_timeout = timeout;
        self
    }

    /// How long a connection is used before another is made in its place: 1 s to 24 h. Default: 30 min.
    pub fn max_lifetime(mut self, lifetime: Duration) -> Self {
        self.form.draft.options.max_lifetime = lifetime;
        self
    }

    /// Whether connections keep prepared statements. Off for `PgBouncer` in transaction mode. Default: yes.
    pub fn statement_cache(mut self, on: bool) -> Self {
        self.form.draft.options.statement_cache = on;
        self
    }

    /// The time to live of values whose type names none. Default: they live for ever.
    pub fn default_ttl(mut self, ttl: Option<Ttl>) -> Self {
        self.form.draft.options.default_ttl = ttl;
        self
    }

    /// How many rows one statement reads or writes at the most: 1 to 10,000. Default: 1,000.
    pub fn batch_size(mut self, rows: u32) -> Self {
        self.form.draft.options.batch_size = rows;
        self
    }

    /// Whether opening makes the table and brings it up to date. Default: yes.
    pub fn migrate(mut self, on: bool) -> Self {
        self.form.draft.options.migrate = on;
        self
    }

    /// Into how many hash partitions a table is divided when it is made: 2 to 1,024, or 0 for none. A table that is
    /// there stays as it is. Default: 0.
    pub fn partitions(mut self, count: u32) -> Self {
        self.form.draft.options.partitions = count;
        self
    }

    /// How often expired rows are deleted: 1 s to 24 h, or zero for never. Nobody ever reads them. Default: 60 s.
    pub fn cleanup_interval(mut self, interval: Duration) -> Self {
        self.form.draft.options.cleanup_interval = interval;
        self
    }

    /// How many expired rows are deleted in one transaction at the most: 1 to 100,000. Default: 1,000.
    pub fn cleanup_batch_size(mut self, rows: u32) -> Self {
        self.form.draft.options.cleanup_batch_size = rows;
        self
    }

    /// How far a replica that answers reads may be behind the primary: 1 ms to 1 h. Default: 10 s.
    pub fn max_replica_lag(mut self, lag: Duration) -> Self {
        self.form.draft.options.max_replica_lag = lag;
        self
    }

    /// The configuration. Nothing is connected or read from disk yet.
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration) with every mistake that was made: the option, its value
    /// unless that may be secret, and what is permitted.
    pub fn build(self) -> Result<PostgresConfig> {
        let options = self.form.finish()?.settled();
        let broken = rules::broken(&options);
        if !broken.is_empty() {
            return Err(refused::<Draft>(&broken));
        }
        Ok(PostgresConfig { options })
    }

    pub(super) fn with(mut self, row: &Row<Draft>, text: &str) -> Self {
        self.form.set(row, text);
        self
    }

    fn with_path(mut self, row: &Row<Draft>, path: &Path) -> Self {
        self.form.set_path(row, path);
        self
    }
}

impl fmt::Debug for PostgresConfigBuilder {
    /// Little: before it is checked, a secret may stand in any place.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresConfigBuilder")
            .field("mistakes", &self.form.mistakes())
            .finish_non_exhaustive()
    }
}
