use std::ops::Deref;
use std::path::{Path, PathBuf};

use redis::Value;
use secrecy::{ExposeSecret as _, SecretString};
use typed_state::testing::TestResult;
use url::Url;

use super::client;
use super::daemon::Daemon;

/// One server of Redis, or one sentinel.
#[derive(Debug)]
pub struct RedisServer {
    pub(super) password: Option<SecretString>,
    pub(super) tls: bool,
    pub(super) daemon: Daemon,
}

impl RedisServer {
    /// The Unix socket that the server listens on as well, without TLS.
    pub fn socket(&self) -> PathBuf {
        Self::socket_in(self.directory())
    }

    pub(super) fn socket_in(directory: &Path) -> PathBuf {
        directory.join("socket")
    }

    /// The URL of the user `default`, with the password: not for logs.
    pub fn url(&self) -> TestResult<String> {
        let scheme = if self.tls { "rediss" } else { "redis" };
        let mut url = Url::parse(&format!("{scheme}://{}/", self.address()))?;
        if let Some(password) = &self.password {
            url.set_password(Some(password.expose_secret()))
                .map_err(|()| "the URL takes no password")?;
        }
        Ok(url.into())
    }

    /// Sends one command, as a user that may do everything, on a connection of its own.
    ///
    /// # Errors
    /// Where the server does not run, where it answers with an error, and after 5 s.
    ///
    /// Cancellation: the command may have been executed.
    pub async fn command<A: AsRef<[u8]> + Sync>(&self, arguments: &[A]) -> TestResult<Value> {
        let sent = client::send(&self.socket(), arguments).await;
        sent.map_err(|error| {
            let name = arguments.first().map(|name| name.as_ref().escape_ascii());
            let name = name.map_or_else(String::new, |name| name.to_string());
            format!("{name} at port {}: {error}", self.port()).into()
        })
    }

    /// How often a command was called, in scripts too.
    ///
    /// # Errors
    /// As [`command`](Self::command).
    pub async fn calls_of(&self, command: &str) -> TestResult<u64> {
        let told = self.command(&["INFO", "commandstats"]).await?;
        let told: String = redis::from_redis_value(told)?;
        let line = format!("cmdstat_{command}:calls=");
        let calls = told.lines().find_map(|told| told.strip_prefix(&line));
        let calls = calls.and_then(|calls| calls.split(',').next());
        Ok(calls.map_or(Ok(0), str::parse)?)
    }
}

impl Deref for RedisServer {
    type Target = Daemon;

    fn deref(&self) -> &Daemon {
        &self.daemon
    }
}
