use std::fs;
use std::path::Path;

use tokio::sync::OnceCell;
use typed_state::testing::TestResult;

use super::daemon::{self, Daemon};
use super::kind::Kind;
use super::options::{Lines, RedisOptions};
use super::server::RedisServer;

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
        configuration: impl Fn(u16, &Path) -> TestResult<Lines> + Send + Sync,
    ) -> TestResult<Self> {
        Self::launch_as(Kind::REDIS, options, configuration).await
    }

    /// Starts a server of a kind with a configuration for the port and the directory that it gets.
    pub(super) async fn launch_as(
        kind: Kind,
        options: &RedisOptions,
        configuration: impl Fn(u16, &Path) -> TestResult<Lines> + Send + Sync,
    ) -> TestResult<Self> {
        daemon::launch(|| async {
            let server = Self {
                password: options.password.clone(),
                tls: options.tls.is_some(),
                daemon: Daemon::new(kind)?,
            };
            let lines = configuration(server.port(), server.directory())?;
            fs::write(server.configuration(), lines.text())?;
            server.start_again().await?;
            Ok(server)
        })
        .await
    }

    /// Starts a server that was stopped or killed, on the same port and in the same directory, and waits until it
    /// answers and has loaded its data.
    ///
    /// # Errors
    /// Where it does not start: with the end of its log.
    ///
    /// Cancellation: the server may start nevertheless.
    pub async fn start_again(&self) -> TestResult {
        let ask = || async { self.command(&["PING"]).await.map(drop) };
        self.begin(ask).await
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
