use std::path::PathBuf;

use secrecy::SecretString;
use typed_state::testing::TestResult;

use super::disk::Disk;
use super::server::PostgresServer;
use crate::servers::tls::ServerTls;

/// What a PostgreSQL server is started with. By default it speaks plain TCP on 127.0.0.1, asks for
/// passwords, and writes what is committed to the disk.
#[derive(Debug, Clone)]
#[must_use]
pub struct PostgresOptions {
    pub(super) password: SecretString,
    pub(super) tls: Option<ServerTls>,
    pub(super) only_tls: bool,
    pub(super) fsync: bool,
    pub(super) settings: Vec<(String, String)>,
    pub(super) access: Vec<String>,
    pub(super) roles: Vec<(String, SecretString)>,
    pub(super) databases: Vec<String>,
    pub(super) preload: Option<PathBuf>,
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self {
            password: "of postgres".into(),
            tls: None,
            only_tls: false,
            fsync: true,
            settings: Vec::new(),
            access: Vec::new(),
            roles: Vec::new(),
            databases: Vec::new(),
            preload: None,
        }
    }
}

impl PostgresOptions {
    /// The password of the user `postgres`.
    pub fn password(mut self, password: &str) -> Self {
        self.password = password.into();
        self
    }

    /// What is committed survives a kill of the server, and need not survive the end of the machine. It is faster.
    pub fn without_fsync(mut self) -> Self {
        self.fsync = false;
        self
    }

    /// The server speaks TLS with clients that want to, and plain TCP with the others. If it asks clients for
    /// certificates, those that speak TLS need one in the name of the user.
    pub fn tls(mut self, tls: ServerTls) -> Self {
        self.tls = Some(tls);
        self
    }

    /// As [`tls`](Self::tls), and clients that do not want to are refused.
    pub fn only_tls(mut self, tls: ServerTls) -> Self {
        self.only_tls = true;
        self.tls(tls)
    }

    /// A setting of `postgresql.conf`.
    pub fn setting(mut self, name: &str, value: &str) -> Self {
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }

    /// A line of `pg_hba.conf`, before those that are there.
    pub fn access(mut self, line: &str) -> Self {
        self.access.push(line.to_owned());
        self
    }

    /// A role that may connect, with a password, and may do nothing else that not everybody may.
    pub fn role(mut self, name: &str, password: &str) -> Self {
        self.roles.push((name.to_owned(), password.into()));
        self
    }

    /// A database beside `postgres`.
    pub fn database(mut self, name: &str) -> Self {
        self.databases.push(name.to_owned());
        self
    }

    /// The tables lie on a disk that can be full.
    pub fn disk(mut self, disk: &Disk) -> Self {
        self.preload = Some(disk.library());
        self
    }

    /// Starts a server.
    ///
    /// # Errors
    /// As [`PostgresServer::start`].
    ///
    /// Cancellation: the server is ended.
    pub async fn start(self) -> TestResult<PostgresServer> {
        PostgresServer::start(self).await
    }
}
