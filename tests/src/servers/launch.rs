use std::fs;
use std::path::Path;
use std::sync::Mutex;

use tokio::sync::OnceCell;
use typed_state::testing::TestResult;

use super::options::{Lines, RedisOptions};
use super::port::Port;
use super::process::Process;
use super::server::RedisServer;
use super::{binary, guard, wait};

impl RedisServer {
    /// Options to start with.
    pub fn options() -> RedisOptions {
        RedisOptions::default()
    }

    /// Starts a server and waits until it answers and has loaded its data.
    ///
    /// # Errors
    /// Where `redis-server` is not installed, and where it does not start: with the end of its log.
    ///
    /// Cancellation: the server is killed.
    pub async fn start(options: RedisOptions) -> TestResult<Self> {
        Self::launch(&options, |port, directory| {
            options.configuration(port, directory)
        })
        .await
    }

    /// The server with default options that all tests of this process share. Their keys keep them apart.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    ///
    /// Cancellation: the next caller starts it.
    pub async fn shared() -> TestResult<&'static Self> {
        static SHARED: OnceCell<RedisServer> = OnceCell::const_new();
        SHARED
            .get_or_try_init(|| Self::start(Self::options()))
            .await
    }

    pub(super) async fn launch(
        options: &RedisOptions,
        configuration: impl Fn(u16, &Path) -> TestResult<Lines>,
    ) -> TestResult<Self> {
        Self::launch_as("redis-server", options, configuration).await
    }

    /// Starts a binary with a configuration for the port and the directory that it gets.
    pub(super) async fn launch_as(
        binary: &'static str,
        options: &RedisOptions,
        configuration: impl Fn(u16, &Path) -> TestResult<Lines>,
    ) -> TestResult<Self> {
        let mut attempts = 5;
        loop {
            let server = Self {
                binary,
                password: options.password.clone(),
                tls: options.tls.is_some(),
                process: Mutex::new(None),
                directory: guard::directory()?,
                port: Port::reserve()?,
            };
            let lines = configuration(server.port(), server.directory())?;
            fs::write(server.configuration(), lines.text())?;
            match server.start_again().await {
                Ok(()) => return Ok(server),
                Err(_) if attempts > 1 && server.found_its_port_taken()? => attempts -= 1,
                Err(error) => return Err(error),
            }
        }
    }

    /// Starts a server that was stopped or killed, on the same port and in the same directory, and waits until it
    /// answers and has loaded its data.
    ///
    /// # Errors
    /// Where it does not start: with the end of its log.
    ///
    /// Cancellation: the server may start nevertheless.
    pub async fn start_again(&self) -> TestResult {
        let binary = binary::find(self.binary)?;
        // The old process is dead before the new one begins.
        self.process().take();
        let process = Process::start(&binary, &self.configuration(), &self.log_file())?;
        *self.process() = Some(process);
        let what = format!("`{}` on port {} answers", self.binary, self.port());
        let ended = wait::until(&what, || self.answers_or_has_ended()).await?;
        if ended {
            return Err(format!("{what}: it ended instead\n{}", self.log_end()?).into());
        }
        Ok(())
    }

    async fn answers_or_has_ended(&self) -> TestResult<Option<bool>> {
        let ended = match self.process().as_mut() {
            Some(process) => process.has_ended()?,
            None => true,
        };
        if ended {
            return Ok(Some(true));
        }
        self.command(&["PING"]).await?;
        Ok(Some(false))
    }

    fn found_its_port_taken(&self) -> TestResult<bool> {
        Ok(self.log()?.contains("Address already in use"))
    }

    fn log_end(&self) -> TestResult<String> {
        let log = self.log()?;
        // Redis quotes a wrong line of its configuration after `>>>`, and a password may be in it.
        let lines = log.lines().filter(|line| !line.starts_with(">>>"));
        let mut last: Vec<&str> = lines.rev().take(10).collect();
        last.reverse();
        Ok(last.join("\n"))
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::sync::atomic::{AtomicU16, Ordering};

    use super::RedisServer;

    #[tokio::test]
    async fn a_port_that_was_taken_meanwhile_is_given_up_for_another() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let taken = taken.local_addr().unwrap().port();
        let launches = AtomicU16::new(0);
        let options = RedisServer::options();
        let server = RedisServer::launch(&options, |port, directory| {
            let first = launches.fetch_add(1, Ordering::Relaxed) == 0;
            options.configuration(if first { taken } else { port }, directory)
        });
        assert!(server.await.unwrap().is_running().unwrap());
        assert_eq!(launches.into_inner(), 2);
    }
}
