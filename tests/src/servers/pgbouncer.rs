use std::fs;
use std::ops::Deref;

use secrecy::{ExposeSecret as _, SecretString};
use typed_state::testing::TestResult;

use super::daemon::{self, Daemon};
use super::kind::Kind;
use super::postgres::{POSTGRES, PostgresServer, ask, reach, url};

/// How many connections to the server all clients of a database share.
const SERVERS: u32 = 3;

/// A `PgBouncer` in transaction mode in front of one server, with the server's user `postgres`. A statement or a transaction of
/// a client goes over any of three connections to the server.
#[derive(Debug)]
pub struct PgBouncer {
    password: SecretString,
    daemon: Daemon,
}

impl PgBouncer {
    /// Starts one and waits until it answers.
    ///
    /// # Errors
    /// Where it is not installed, and where it does not start: with the end of its log.
    ///
    /// Cancellation: it is killed.
    pub async fn start(server: &PostgresServer) -> TestResult<Self> {
        Self::start_with(server, &[]).await
    }

    /// As [`start`](Self::start), with lines of the section `[pgbouncer]` that take the place of those that are there.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    ///
    /// Cancellation: it is killed.
    pub async fn start_with(server: &PostgresServer, lines: &[&str]) -> TestResult<Self> {
        daemon::launch(|| async {
            let bouncer = Self {
                password: server.password.clone(),
                daemon: Daemon::new(Kind::PGBOUNCER)?,
            };
            bouncer.configure(server.port(), lines)?;
            bouncer.start_again().await?;
            Ok(bouncer)
        })
        .await
    }

    /// The URL of the user and the database `postgres`, with the password: not for logs.
    pub fn url(&self) -> TestResult<String> {
        url(
            self.address(),
            POSTGRES,
            self.password.expose_secret(),
            POSTGRES,
        )
    }

    /// Starts one that was stopped or killed, on the same port, and waits until it answers.
    ///
    /// # Errors
    /// Where it does not start: with the end of its log.
    ///
    /// Cancellation: it may start nevertheless.
    pub async fn start_again(&self) -> TestResult {
        let ask = || async { self.command("SHOW VERSION").await.map(drop) };
        self.begin(ask).await
    }

    /// Sends a command to the console, for instance `RECONNECT` or `KILL postgres`; the first column of the last row of its
    /// answer.
    ///
    /// # Errors
    /// Where it does not run, where it answers with an error, and after 10 s.
    ///
    /// Cancellation: the command may have been executed.
    pub async fn command(&self, command: &str) -> TestResult<Option<String>> {
        let console =
            reach("127.0.0.1", self.port(), "pgbouncer").password(self.password.expose_secret());
        let asked = ask(&console, command).await;
        asked.map_err(|error| format!("{command} at port {}: {error}", self.port()).into())
    }

    fn configure(&self, server: u16, lines: &[&str]) -> TestResult {
        let users = self.directory().join("users.txt");
        let password = self.password.expose_secret().replace('"', "\"\"");
        fs::write(&users, format!("\"{POSTGRES}\" \"{password}\"\n"))?;
        let users = users.to_str().ok_or("a path is not UTF-8")?;
        let port = self.port();
        let lines = lines.join("\n");
        let text = format!(
            "[databases]
* = host=127.0.0.1 port={server}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
pool_mode = transaction
default_pool_size = {SERVERS}
max_client_conn = 200
auth_type = scram-sha-256
auth_file = {users}
admin_users = {POSTGRES}
ignore_startup_parameters = extra_float_digits,options
{lines}
"
        );
        Ok(fs::write(self.configuration(), text)?)
    }
}

impl Deref for PgBouncer {
    type Target = Daemon;

    fn deref(&self) -> &Daemon {
        &self.daemon
    }
}
