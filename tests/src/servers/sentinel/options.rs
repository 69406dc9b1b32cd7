use std::path::Path;

use secrecy::SecretString;
use typed_state::testing::TestResult;

use super::SERVICE;
use super::set::SentinelSet;
use crate::servers::client::CONTROL;
use crate::servers::options::{Lines, RedisOptions};

/// What a [`SentinelSet`] is started with.
#[derive(Debug, Clone, Default)]
#[must_use]
pub struct SentinelOptions {
    pub(super) servers: RedisOptions,
    pub(super) password: Option<SecretString>,
}

impl SentinelOptions {
    /// How the master and the replicas are started. If they speak TLS, so do the sentinels.
    pub fn servers(mut self, options: RedisOptions) -> Self {
        self.servers = options;
        self
    }

    /// The password of the user `default` at the sentinels.
    pub fn sentinel_password(mut self, password: &str) -> Self {
        self.password = Some(password.into());
        self
    }

    /// Starts a set.
    ///
    /// # Errors
    /// As [`SentinelSet::start`].
    ///
    /// Cancellation: the servers are killed.
    pub async fn start(self) -> TestResult<SentinelSet> {
        SentinelSet::start(self).await
    }

    /// What a sentinel has in common with a server.
    pub(super) fn sentinel(&self) -> RedisOptions {
        let mut options = RedisOptions::default();
        options.password.clone_from(&self.password);
        options.tls.clone_from(&self.servers.tls);
        options
    }

    pub(super) fn configuration(
        &self,
        port: u16,
        directory: &Path,
        master: u16,
    ) -> TestResult<Lines> {
        let mut lines = Lines::default();
        lines.common(port, directory, self.servers.tls.as_ref())?;
        if let Some(password) = &self.password {
            lines.secret("requirepass", password)?;
        }
        lines.add("sentinel sentinel-user", CONTROL)?;
        lines.add("sentinel sentinel-pass", CONTROL)?;
        let about = |option: &str| format!("sentinel {option} {SERVICE}");
        lines.add(&about("monitor"), format_args!("127.0.0.1 {master} 2"))?;
        lines.add(&about("auth-user"), CONTROL)?;
        lines.add(&about("auth-pass"), CONTROL)?;
        lines.add(&about("down-after-milliseconds"), 1_000)?;
        lines.add(&about("failover-timeout"), 3_000)?;
        lines.add(&about("parallel-syncs"), 1)?;
        Ok(lines)
    }
}
