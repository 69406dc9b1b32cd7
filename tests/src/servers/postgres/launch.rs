use std::sync::atomic::{AtomicU64, Ordering};

use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::OnceCell;
use typed_state::testing::TestResult;

use super::options::PostgresOptions;
use super::server::PostgresServer;
use super::{POSTGRES, template};
use crate::servers::daemon::{self, Daemon};
use crate::servers::kind::Kind;

impl PostgresServer {
    /// Options to start with.
    pub fn options() -> PostgresOptions {
        PostgresOptions::default()
    }

    /// Starts a server and waits until it answers and has the roles and databases of the options.
    ///
    /// # Errors
    /// Where PostgreSQL is not installed, and where it does not start: with the end of its log.
    ///
    /// Cancellation: the server is ended.
    pub async fn start(options: PostgresOptions) -> TestResult<Self> {
        let server = daemon::launch(|| async {
            let server = Self::prepare(&options)?;
            template::copy_to(&server.data()).await?;
            server.start_again().await?;
            Ok(server)
        });
        let server = server.await?;
        server
            .add_role(POSTGRES, &options.password, "alter")
            .await?;
        for (name, password) in &options.roles {
            server.add_role(name, password, "create").await?;
        }
        for name in &options.databases {
            server
                .execute(&format!("create database {}", quoted(name, '"')))
                .await?;
        }
        Ok(server)
    }

    /// Starts a replica of a running server.
    pub(super) async fn replicate(primary: &Self, options: &PostgresOptions) -> TestResult<Self> {
        daemon::launch(|| async {
            let replica = Self::prepare(options)?;
            replica.follow(primary).await?;
            Ok(replica)
        })
        .await
    }

    /// Begins anew, as a replica of a running server.
    pub(super) async fn follow(&self, primary: &Self) -> TestResult {
        if self.pid().is_some() {
            self.stop().await?;
        }
        template::copy_from(primary.socket_folder(), primary.port(), &self.data()).await?;
        self.start_again().await
    }

    /// The server that all tests of this process share, with default options but for `fsync`, which is off. Their
    /// [schemas](Self::fresh_schema) keep them apart.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    ///
    /// Cancellation: the next caller starts it.
    pub async fn shared() -> TestResult<&'static Self> {
        static SHARED: OnceCell<PostgresServer> = OnceCell::const_new();
        SHARED
            .get_or_try_init(|| Self::start(Self::options().without_fsync()))
            .await
    }

    /// Makes a schema that no other test of this process has, and tells its name.
    ///
    /// # Errors
    /// As [`execute`](Self::execute).
    ///
    /// Cancellation: it may be there.
    pub async fn fresh_schema(&self) -> TestResult<String> {
        static SCHEMAS: AtomicU64 = AtomicU64::new(0);
        let name = format!("t{}", SCHEMAS.fetch_add(1, Ordering::Relaxed));
        self.execute(&format!("create schema {name}")).await?;
        Ok(name)
    }

    /// Starts a server that was stopped or killed, on the same port and with the same data, and waits until it answers.
    ///
    /// # Errors
    /// Where it does not start: with the end of its log.
    ///
    /// Cancellation: the server may start nevertheless.
    pub async fn start_again(&self) -> TestResult {
        self.begin(|| self.execute("select 1")).await
    }

    fn prepare(options: &PostgresOptions) -> TestResult<Self> {
        let mut daemon = Daemon::new(Kind::POSTGRES)?;
        if let Some(library) = &options.preload {
            daemon.preload(library.clone());
        }
        let server = Self {
            password: options.password.clone(),
            daemon,
        };
        server.configure(options)?;
        Ok(server)
    }

    async fn add_role(&self, name: &str, password: &SecretString, how: &str) -> TestResult {
        let (name, password) = (quoted(name, '"'), quoted(password.expose_secret(), '\''));
        self.execute(&format!("{how} role {name} login password {password}"))
            .await
    }
}

fn quoted(text: &str, quote: char) -> String {
    let text = text.replace(quote, &format!("{quote}{quote}"));
    format!("{quote}{text}{quote}")
}
