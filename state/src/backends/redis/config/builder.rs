use std::fmt;
use std::path::Path;
use std::time::Duration;

use super::address::Address;
use super::draft::Draft;
use super::located::{PASSWORD, SERVER, USERNAME};
use super::mode::ModeName;
use super::redis_config::RedisConfig;
use super::tls::TlsVerify;
use super::{rows, rules};
use crate::backend::Ttl;
use crate::backends::options::{Form, Row, refused};
use crate::error::Result;

/// A [`RedisConfig`] in the making: one method an option. Mistakes are kept for [`build`](Self::build).
#[derive(Clone, Default)]
#[must_use]
pub struct RedisConfigBuilder {
    pub(super) form: Form<Draft>,
}

impl RedisConfigBuilder {
    pub(super) fn of(mode: ModeName) -> Self {
        let mut builder = Self::default();
        builder.form.draft.mode = Some(mode);
        builder
    }

    /// The user to log in as; needs a [`password`](Self::password). Default: none, which Redis takes for `default`.
    pub fn username(self, name: impl AsRef<str>) -> Self {
        self.with(&USERNAME, name.as_ref())
    }

    /// The password to log in with. Default: none.
    pub fn password(self, password: impl AsRef<str>) -> Self {
        self.with(&PASSWORD, password.as_ref())
    }

    /// The number of the database. A Cluster has number 0 alone. Default: 0.
    pub fn database(mut self, number: u32) -> Self {
        self.form.draft.options.database = number;
        self
    }

    /// The user to log in as at the sentinels. Default: none.
    pub fn sentinel_username(self, name: impl AsRef<str>) -> Self {
        self.with(&rows::SENTINEL_USERNAME, name.as_ref())
    }

    /// The password to log in with at the sentinels. Default: none; that of the servers is not tried.
    pub fn sentinel_password(self, password: impl AsRef<str>) -> Self {
        self.with(&rows::SENTINEL_PASSWORD, password.as_ref())
    }

    /// Whether sentinels are spoken to over TLS. Default: as [`tls`](Self::tls).
    pub fn sentinel_tls(mut self, on: bool) -> Self {
        self.form.draft.options.sentinel_tls = Some(on);
        self
    }

    /// Whether servers are spoken to over TLS, and never without. Default: no.
    pub fn tls(mut self, on: bool) -> Self {
        self.form.draft.options.tls.on = on;
        self
    }

    /// The PEM file of the authorities to trust, or the PEM itself. Default: those of the system.
    pub fn ca(self, path_or_pem: impl AsRef<Path>) -> Self {
        self.with_path(&rows::CA, path_or_pem.as_ref())
    }

    /// The PEM file of the client's certificate and its chain; needs a [`client_key`](Self::client_key).
    /// Default: none.
    pub fn client_cert(self, path: impl AsRef<Path>) -> Self {
        self.with_path(&rows::CLIENT_CERT, path.as_ref())
    }

    /// The PEM file of the key of the [`client_cert`](Self::client_cert). Default: none.
    pub fn client_key(self, path: impl AsRef<Path>) -> Self {
        self.with_path(&rows::CLIENT_KEY, path.as_ref())
    }

    /// How much of a server's certificate is verified. Default: all of it.
    pub fn verify(mut self, verify: TlsVerify) -> Self {
        self.form.draft.options.tls.verify = verify;
        self
    }

    /// What connections are called in `CLIENT LIST`: 1 to 64 printable ASCII characters without space.
    /// Default: `typed-state`.
    pub fn client_name(self, name: impl AsRef<str>) -> Self {
        self.with(&rows::CLIENT_NAME, name.as_ref())
    }

    /// What every key begins with: at most 64 printable ASCII characters without any of `{}*?[]\^`.
    /// Default: `state:`.
    pub fn key_prefix(self, prefix: impl AsRef<str>) -> Self {
        self.with(&rows::KEY_PREFIX, prefix.as_ref())
    }

    /// The time to live of values whose type names none. Default: they live for ever.
    pub fn default_ttl(mut self, ttl: Option<Ttl>) -> Self {
        self.form.draft.options.default_ttl = ttl;
        self
    }

    /// How many connections of a node's pool are kept open: 0 to 10,000. Default: 10, or
    /// [`pool_max`](Self::pool_max) where that is less.
    pub fn pool_min(mut self, count: u32) -> Self {
        self.form.draft.options.pool_min = Some(count);
        self
    }

    /// How many connections a node's pool has at the most: 1 to 10,000. Default: 100.
    pub fn pool_max(mut self, count: u32) -> Self {
        self.form.draft.options.pool_max = count;
        self
    }

    /// The longest wait for a connection of the pool: 1 ms to 1 h. The caller's deadline holds too. Default: 30 s.
    pub fn pool_timeout(mut self, timeout: Duration) -> Self {
        self.form.draft.options.pool_timeout = timeout;
        self
    }

    /// How many connections to each node all callers share, beside the pool: 1 to 64. Default: 1.
    pub fn connections(mut self, count: u32) -> Self {
        self.form.draft.options.connections = count;
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

    /// How many commands one pipeline carries at the most: 1 to 10,000. Default: 100.
    pub fn pipeline_batch_size(mut self, commands: u32) -> Self {
        self.form.draft.options.pipeline_batch_size = commands;
        self
    }

    /// How many replicas must have a write before it is acknowledged: 1 to 100. Default: none need to.
    ///
    /// A failover may promote any replica, so only what all of them have survives every one. While fewer are connected than
    /// are waited for, writes are applied and end with [`OutcomeUnknown`](crate::ErrorKind::OutcomeUnknown).
    pub fn wait_replicas(mut self, count: Option<u32>) -> Self {
        self.form.draft.options.wait_replicas = count;
        self
    }

    /// How long a write waits for its [`wait_replicas`](Self::wait_replicas): 1 ms to 1 h. Default: 1 s.
    pub fn wait_timeout(mut self, timeout: Duration) -> Self {
        self.form.draft.options.wait_timeout = timeout;
        self
    }

    /// How long a connection is silent before TCP probes it: 1 s to 1 h. Default: 5 s.
    pub fn keepalive(mut self, interval: Duration) -> Self {
        self.form.draft.options.keepalive = interval;
        self
    }

    /// How long what was sent may stay unacknowledged before TCP gives the connection up: 1 ms to 1 h. Default: 3 s.
    pub fn user_timeout(mut self, timeout: Duration) -> Self {
        self.form.draft.options.user_timeout = timeout;
        self
    }

    /// Reaches the server that announces itself at one address at another: behind a forwarded port, say. Sentinels and
    /// Clusters name servers by what they announce. Default: servers are reached where they say.
    pub fn reach(self, announced: impl AsRef<str>, reached: impl AsRef<str>) -> Self {
        let mut detours = (rows::REACH.show)(&self.form.draft.options).unwrap_or_default();
        if !detours.is_empty() {
            detours.push(',');
        }
        detours.extend([announced.as_ref(), "/", reached.as_ref()]);
        self.with(&rows::REACH, &detours)
    }

    /// The configuration. Nothing is connected or read from disk yet.
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration) with every mistake that was made: the option, its value unless
    /// that may be secret, and what is permitted.
    pub fn build(self) -> Result<RedisConfig> {
        let draft = self.form.finish()?;
        let mode = draft
            .mode()
            .map_err(|mistake| refused::<Draft>(&[mistake]))?;
        let options = draft.options;
        let broken = rules::broken(&mode, &options);
        if !broken.is_empty() {
            return Err(refused::<Draft>(&broken));
        }
        Ok(RedisConfig { mode, options })
    }

    pub(super) fn with(mut self, row: &Row<Draft>, text: &str) -> Self {
        self.form.set(row, text);
        self
    }

    pub(super) fn with_socket(mut self, path: &Path) -> Self {
        match Address::unix(path) {
            Some(socket) => self.form.draft.server = Some(socket),
            None => self.form.mistake(SERVER.refusal(&SERVER.label(), "")),
        }
        self
    }

    fn with_path(mut self, row: &Row<Draft>, path: &Path) -> Self {
        self.form.set_path(row, path);
        self
    }
}

impl fmt::Debug for RedisConfigBuilder {
    /// Little: before it is checked, a secret may stand in any place.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisConfigBuilder")
            .field("mode", &self.form.draft.mode)
            .field("mistakes", &self.form.mistakes())
            .finish_non_exhaustive()
    }
}
