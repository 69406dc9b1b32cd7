use std::fmt::{Display, Write as _};
use std::path::Path;

use secrecy::{ExposeSecret as _, SecretString};
use typed_state::testing::TestResult;

use super::client::CONTROL;
use super::server::RedisServer;
use super::tls::ServerTls;

/// What a Redis server is started with. By default it asks for no password, speaks plain TCP on 127.0.0.1 and
/// writes nothing to its disk.
#[derive(Debug, Clone, Default)]
#[must_use]
pub struct RedisOptions {
    pub(super) password: Option<SecretString>,
    pub(super) tls: Option<ServerTls>,
    append_only: bool,
    max_memory: Option<(u64, String)>,
    min_replicas: Option<u32>,
    // May hold passwords of users.
    lines: Vec<SecretString>,
}

/// A configuration file in the making.
#[derive(Default)]
pub(super) struct Lines(String);

impl RedisOptions {
    /// The password of the user `default`.
    pub fn password(mut self, password: &str) -> Self {
        self.password = Some(password.into());
        self
    }

    /// A line of the access control list: `user NAME RULE…`.
    pub fn user(self, line: &str) -> Self {
        self.line(line)
    }

    /// The server speaks TLS, and nothing else, on its port.
    pub fn tls(mut self, tls: ServerTls) -> Self {
        self.tls = Some(tls);
        self
    }

    /// Every acknowledged write is on the disk, and there again after [`RedisServer::start_again`].
    pub fn append_only(mut self) -> Self {
        self.append_only = true;
        self
    }

    /// The most bytes that the server keeps, and what it does beyond them, for instance `noeviction`.
    pub fn max_memory(mut self, bytes: u64, policy: &str) -> Self {
        self.max_memory = Some((bytes, policy.to_owned()));
        self
    }

    /// How many replicas must have been heard of within 2 s for the server to accept writes.
    pub fn min_replicas_to_write(mut self, replicas: u32) -> Self {
        self.min_replicas = Some(replicas);
        self
    }

    /// A line of `redis.conf`.
    pub fn line(mut self, line: &str) -> Self {
        self.lines.push(line.into());
        self
    }

    /// Starts a server.
    ///
    /// # Errors
    /// As [`RedisServer::start`].
    ///
    /// Cancellation: the server is killed.
    pub async fn start(self) -> TestResult<RedisServer> {
        RedisServer::start(self).await
    }

    pub(super) fn configuration(&self, port: u16, directory: &Path) -> TestResult<Lines> {
        let mut lines = Lines::default();
        lines.common(port, directory, self.tls.as_ref())?;
        if let Some(password) = &self.password {
            lines.secret("requirepass", password)?;
        }
        lines.add("save", "\"\"")?;
        lines.add("masteruser", CONTROL)?;
        lines.add("masterauth", CONTROL)?;
        lines.add("repl-diskless-sync-delay", 0)?;
        if self.append_only {
            lines.add("appendonly", "yes")?;
            lines.add("appendfsync", "always")?;
        }
        if let Some((bytes, policy)) = &self.max_memory {
            lines.add("maxmemory", bytes)?;
            lines.add("maxmemory-policy", policy)?;
        }
        if let Some(replicas) = self.min_replicas {
            lines.add("min-replicas-to-write", replicas)?;
            lines.add("min-replicas-max-lag", 2)?;
        }
        for line in &self.lines {
            writeln!(lines.0, "{}", line.expose_secret())?;
        }
        Ok(lines)
    }
}

impl Lines {
    /// What servers and sentinels have in common.
    pub(super) fn common(
        &mut self,
        port: u16,
        directory: &Path,
        tls: Option<&ServerTls>,
    ) -> TestResult {
        self.add("bind", "127.0.0.1")?;
        self.add("daemonize", "no")?;
        self.path("dir", directory)?;
        self.path("unixsocket", &RedisServer::socket_in(directory))?;
        self.add("user", format_args!("{CONTROL} on >{CONTROL} ~* &* +@all"))?;
        let Some(tls) = tls else {
            return self.add("port", port);
        };
        self.add("port", 0)?;
        self.add("tls-port", port)?;
        self.path("tls-cert-file", &tls.pair.certificate)?;
        self.path("tls-key-file", &tls.pair.key)?;
        self.path("tls-ca-cert-file", &tls.authority)?;
        let ask = if tls.ask_clients { "yes" } else { "no" };
        self.add("tls-auth-clients", ask)?;
        self.add("tls-replication", "yes")
    }

    pub(super) fn add(&mut self, name: &str, value: impl Display) -> TestResult {
        Ok(writeln!(self.0, "{name} {value}")?)
    }

    pub(super) fn secret(&mut self, name: &str, value: &SecretString) -> TestResult {
        self.add(name, quoted(value.expose_secret()))
    }

    pub(super) fn text(&self) -> &str {
        &self.0
    }

    fn path(&mut self, name: &str, path: &Path) -> TestResult {
        let path = path.to_str().ok_or("a path is not UTF-8")?;
        self.add(name, quoted(path))
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
