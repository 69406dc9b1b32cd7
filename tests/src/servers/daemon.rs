use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tempfile::TempDir;
use typed_state::testing::TestResult;

use super::account::Account;
use super::kind::Kind;
use super::port::Port;
use super::process::Process;
use super::{guard, wait};

/// One server on 127.0.0.1, with a directory of its own.
///
/// It is a child of this process and belongs to no runtime. Dropping it ends it at once; when this process ends it ends,
/// too, even if the process is killed.
#[derive(Debug)]
pub struct Daemon {
    kind: Kind,
    // Before the directory, so that it is dead when that goes.
    process: Mutex<Option<Process>>,
    directory: TempDir,
    port: Port,
    preload: Option<PathBuf>,
}

impl Daemon {
    /// A server that has its port and its directory, and is still to be configured and begun.
    pub(super) fn new(kind: Kind) -> TestResult<Self> {
        let daemon = Self {
            kind,
            process: Mutex::new(None),
            directory: guard::directory()?,
            port: Port::reserve()?,
            preload: None,
        };
        if kind.unprivileged {
            Account::of_servers()?.own(daemon.directory())?;
        }
        Ok(daemon)
    }

    /// Has the program started with a library before all others.
    pub(super) fn preload(&mut self, library: PathBuf) {
        self.preload = Some(library);
    }

    /// The port on 127.0.0.1, the same for as long as this lives.
    pub fn port(&self) -> u16 {
        self.port.number()
    }

    /// The address that [`port`](Self::port) is part of.
    pub fn address(&self) -> SocketAddr {
        self.port.address()
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

    /// Asks the server to end without waiting for its clients, and waits until it has.
    ///
    /// # Errors
    /// Where it does not run, and where it does not end within 10 s; it is killed then.
    ///
    /// Cancellation: the server is ended at once.
    pub async fn stop(&self) -> TestResult {
        self.take()?.stop().await
    }

    /// Kills the server with all that it has started, as the end of a machine would, and waits for their end.
    ///
    /// # Errors
    /// Where it does not run.
    pub fn kill(&self) -> TestResult {
        self.take()?.kill()
    }

    /// Halts the server and all that it has started: connections are kept, and the port, and nothing is answered.
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

    /// Starts the server with its configuration and waits until it answers. It dies before, if it ran.
    pub(super) async fn begin<F>(&self, mut ask: impl FnMut() -> F) -> TestResult
    where
        F: Future<Output = TestResult>,
    {
        self.process().take();
        let process = Process::start(
            self.kind,
            &self.configuration(),
            self.preload.as_deref(),
            &self.log_file(),
        )?;
        *self.process() = Some(process);
        let what = format!("`{}` on port {} answers", self.kind.binary, self.port());
        let ended = wait::until(&what, || {
            let asked = ask();
            async {
                if self.has_ended()? {
                    return Ok(Some(true));
                }
                asked.await?;
                Ok(Some(false))
            }
        });
        if ended.await? {
            return Err(format!("{what}: it ended instead\n{}", self.log_end()?).into());
        }
        Ok(())
    }

    pub(super) fn directory(&self) -> &Path {
        self.directory.path()
    }

    pub(super) fn configuration(&self) -> PathBuf {
        self.directory().join("server.conf")
    }

    fn log_file(&self) -> PathBuf {
        self.directory().join("log")
    }

    fn log_end(&self) -> TestResult<String> {
        let log = self.log()?;
        // Redis quotes a wrong line of its configuration after `>>>`, and a password may be in it.
        let lines = log.lines().filter(|line| !line.starts_with(">>>"));
        let mut last: Vec<&str> = lines.rev().take(10).collect();
        last.reverse();
        Ok(last.join("\n"))
    }

    fn has_ended(&self) -> TestResult<bool> {
        match self.process().as_mut() {
            Some(process) => process.has_ended(),
            None => Ok(true),
        }
    }

    fn take(&self) -> TestResult<Process> {
        Ok(self.process().take().ok_or_else(|| self.down())?)
    }

    fn down(&self) -> String {
        format!(
            "`{}` on port {} does not run",
            self.kind.binary,
            self.port()
        )
    }

    fn process(&self) -> MutexGuard<'_, Option<Process>> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Starts a server, and again on another port where another program took its port in the moment between.
pub(super) async fn launch<T, F>(mut start: impl FnMut() -> F) -> TestResult<T>
where
    F: Future<Output = TestResult<T>>,
{
    let mut attempts = 5;
    loop {
        match start().await {
            Err(error) if attempts > 1 && error.to_string().contains("Address already in use") => {
                attempts -= 1;
            }
            started => return started,
        }
    }
}
