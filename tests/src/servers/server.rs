use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use redis::Value;
use secrecy::{ExposeSecret as _, SecretString};
use tempfile::TempDir;
use typed_state::testing::TestResult;
use url::Url;

use super::client;
use super::port::Port;
use super::process::Process;

/// One server of Redis, or one sentinel, on 127.0.0.1, with a directory of its own.
///
/// It is a child of this process and belongs to no runtime. Dropping it kills it; when this process ends it ends,
/// too, even if the process is killed.
#[derive(Debug)]
pub struct RedisServer {
    pub(super) binary: &'static str,
    pub(super) password: Option<SecretString>,
    pub(super) tls: bool,
    // Before the directory, so that it is dead when that goes.
    pub(super) process: Mutex<Option<Process>>,
    pub(super) directory: TempDir,
    pub(super) port: Port,
}

impl RedisServer {
    /// The port on 127.0.0.1, the same for as long as this lives.
    pub fn port(&self) -> u16 {
        self.port.number()
    }

    /// The address that [`port`](Self::port) is part of.
    pub fn address(&self) -> SocketAddr {
        self.port.address()
    }

    /// The Unix socket that the server listens on as well, without TLS.
    pub fn socket(&self) -> PathBuf {
        Self::socket_in(self.directory.path())
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

    /// What the server has printed since it was first started.
    pub fn log(&self) -> TestResult<String> {
        Ok(fs::read_to_string(self.log_file())?)
    }

    /// The number of the process while it runs or is paused.
    pub fn pid(&self) -> Option<u32> {
        self.process().as_ref().map(Process::id)
    }

    /// Whether the server runs and is not paused.
    pub fn is_running(&self) -> TestResult<bool> {
        match self.process().as_mut() {
            Some(process) => Ok(!process.is_paused() && !process.has_ended()?),
            None => Ok(false),
        }
    }

    /// Asks the server to end, as `SIGTERM` does, and waits until it has.
    ///
    /// # Errors
    /// Where it does not run, and where it does not end within 10 s; it is killed then.
    ///
    /// Cancellation: the server is killed.
    pub async fn stop(&self) -> TestResult {
        self.take()?.stop().await
    }

    /// Kills the server and waits for its end.
    ///
    /// # Errors
    /// Where it does not run.
    pub fn kill(&self) -> TestResult {
        drop(self.take()?);
        Ok(())
    }

    /// Halts the server: it keeps its connections and its port, and answers nothing.
    ///
    /// # Errors
    /// Where it does not run.
    pub fn pause(&self) -> TestResult {
        self.process().as_mut().ok_or_else(|| self.down())?.pause()
    }

    /// Lets a paused server go on.
    ///
    /// # Errors
    /// Where it does not run.
    pub fn resume(&self) -> TestResult {
        self.process().as_mut().ok_or_else(|| self.down())?.resume()
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

    pub(super) fn directory(&self) -> &Path {
        self.directory.path()
    }

    pub(super) fn configuration(&self) -> PathBuf {
        self.directory.path().join("redis.conf")
    }

    pub(super) fn log_file(&self) -> PathBuf {
        self.directory.path().join("log")
    }

    fn take(&self) -> TestResult<Process> {
        Ok(self.process().take().ok_or_else(|| self.down())?)
    }

    fn down(&self) -> String {
        format!("`{}` on port {} does not run", self.binary, self.port())
    }

    pub(super) fn process(&self) -> MutexGuard<'_, Option<Process>> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
