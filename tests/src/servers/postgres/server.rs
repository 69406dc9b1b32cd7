use std::fs;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::Command;

use secrecy::{ExposeSecret as _, SecretString};
use typed_state::testing::TestResult;
use url::Url;

use super::POSTGRES;
use crate::servers::daemon::Daemon;

pub(in crate::servers) fn url(
    address: SocketAddr,
    user: &str,
    password: &str,
    database: &str,
) -> TestResult<String> {
    let mut url = Url::parse(&format!("postgres://{address}/"))?;
    url.set_username(user)
        .map_err(|()| "the URL takes no user")?;
    url.set_password(Some(password))
        .map_err(|()| "the URL takes no password")?;
    url.set_path(database);
    Ok(url.into())
}

/// One server of PostgreSQL. Where this process is root's it runs as the user `postgres`.
#[derive(Debug)]
pub struct PostgresServer {
    pub(in crate::servers) password: SecretString,
    pub(super) daemon: Daemon,
}

impl PostgresServer {
    /// The folder of the Unix socket, through which anybody who can enter it is who they say.
    pub fn socket_folder(&self) -> &Path {
        self.directory()
    }

    /// The password of the user `postgres`.
    pub fn password(&self) -> &str {
        self.password.expose_secret()
    }

    /// The URL of the user and the database `postgres`, with the password: not for logs.
    pub fn url(&self) -> TestResult<String> {
        self.url_of(POSTGRES, self.password(), POSTGRES)
    }

    /// The URL of a user and a database, with the password: not for logs.
    pub fn url_of(&self, user: &str, password: &str, database: &str) -> TestResult<String> {
        url(self.address(), user, password, database)
    }

    /// Kills the server with all its processes, as the end of a machine would, and waits for their end.
    ///
    /// # Errors
    /// Where it does not run.
    pub fn kill(&self) -> TestResult {
        self.daemon.kill()?;
        self.give_back()
    }

    pub(super) fn data(&self) -> PathBuf {
        self.directory().join("data")
    }

    /// What a killed server leaves: shared memory, which the machine keeps until somebody removes it, and a file that says
    /// that a process runs whose number may be another's by now.
    fn give_back(&self) -> TestResult {
        let lock = self.data().join("postmaster.pid");
        let lines = match fs::read_to_string(&lock) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            lines => lines?,
        };
        // The seventh line: the key and the number.
        let memory = lines
            .lines()
            .nth(6)
            .and_then(|line| line.split_whitespace().nth(1));
        if let Some(memory) = memory {
            Command::new("ipcrm").args(["-m", memory]).output()?;
        }
        let socket = format!(".s.PGSQL.{}.lock", self.port());
        for left in [lock, self.directory().join(socket)] {
            match fs::remove_file(left) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
                _ => {}
            }
        }
        Ok(())
    }
}

impl Deref for PostgresServer {
    type Target = Daemon;

    fn deref(&self) -> &Daemon {
        &self.daemon
    }
}
