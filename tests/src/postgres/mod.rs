//! PostgreSQL under test, on servers that the tests of one process share.

mod behind;
mod failover;
mod faults;
mod opened;

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::OnceCell;
use typed_state::backends::{Postgres, PostgresConfig, PostgresConfigBuilder};
use typed_state::testing::{Fixture, Harness, TestResult};

use crate::servers::{PgBouncer, PostgresServer};

pub use self::behind::BehindProxy;
pub use self::failover::{FailingPostgres, PostgresFailover, PostgresFault};
pub use self::faults::{FaultyPostgres, FaultyPostgresFixture, FaultyWay};
pub use self::opened::Opened;

/// How the store reaches its table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PostgresMode {
    /// Directly.
    Direct,
    /// Directly, and the table has hash partitions.
    Partitioned,
    /// Through `PgBouncer` in transaction mode.
    Bouncer,
}

/// Fresh stores on shared servers: each has a table of its own.
#[derive(Debug, Clone, Copy)]
pub struct PostgresHarness(pub PostgresMode);

/// A store with a table of its own.
#[derive(Debug)]
pub struct PostgresFixture {
    backend: Arc<Postgres>,
    config: PostgresConfig,
}

/// The name of a table that no other store of this process has.
pub fn fresh_table() -> String {
    static STORES: AtomicU64 = AtomicU64::new(0);
    format!("t{}", STORES.fetch_add(1, Ordering::Relaxed))
}

impl PostgresMode {
    /// The configuration for the shared servers of this mode, to be added to.
    ///
    /// # Errors
    /// Where they cannot be started.
    pub async fn shared(self) -> TestResult<PostgresConfigBuilder> {
        let server = quick_server().await?;
        let address = match self {
            Self::Bouncer => quick_bouncer(server).await?.address(),
            Self::Direct | Self::Partitioned => server.address(),
        };
        Ok(PostgresConfig::hosts([address.to_string()])
            .username("postgres")
            .database("postgres")
            .partitions(if self == Self::Partitioned { 8 } else { 0 })
            .statement_cache(self != Self::Bouncer)
            .pool_min(1)
            .pool_max(16))
    }
}

/// A server that takes everybody at his word: a program that is not optimised is slow to prove a password.
///
/// # Errors
/// Where it does not start.
///
/// Cancellation: the next caller starts it.
pub async fn quick_server() -> TestResult<&'static PostgresServer> {
    static SHARED: OnceCell<PostgresServer> = OnceCell::const_new();
    let options = PostgresServer::options().without_fsync();
    let started = || options.access("host all all 127.0.0.1/32 trust").start();
    SHARED.get_or_try_init(started).await
}

async fn quick_bouncer(server: &PostgresServer) -> TestResult<&'static PgBouncer> {
    static SHARED: OnceCell<PgBouncer> = OnceCell::const_new();
    let started =
        || PgBouncer::start_with(server, &["auth_type = trust", "default_pool_size = 12"]);
    SHARED.get_or_try_init(started).await
}

impl Harness for PostgresHarness {
    type Backend = Postgres;
    type Fixture = PostgresFixture;

    async fn fresh(&self) -> TestResult<PostgresFixture> {
        let config = self.0.shared().await?.table(fresh_table()).build()?;
        Ok(PostgresFixture {
            backend: Arc::new(Postgres::open(&config).await?),
            config,
        })
    }

    fn slowness(&self) -> NonZeroUsize {
        NonZeroUsize::MIN.saturating_add(19)
    }
}

impl Fixture for PostgresFixture {
    type Backend = Postgres;

    fn backend(&self) -> &Arc<Postgres> {
        &self.backend
    }

    async fn connect(&self) -> TestResult<Arc<Postgres>> {
        Ok(Arc::new(Postgres::open(&self.config).await?))
    }

    async fn sweep(&self) -> TestResult<u64> {
        Ok(self.backend.sweep().await?)
    }

    async fn restart(&mut self) -> TestResult<bool> {
        self.backend.close();
        self.backend = self.connect().await?;
        Ok(true)
    }
}

/// Runs statements on the shared server, apart from any store.
///
/// # Errors
/// Where the server refuses one.
pub async fn execute(statements: &str) -> TestResult {
    quick_server().await?.execute(statements).await
}

/// The numbers that a query gives, a row each.
///
/// # Errors
/// Where the server refuses it.
pub async fn numbers(query: &str) -> TestResult<Vec<i64>> {
    let joined = format!("select string_agg(n::text, ' ') from ({query}) as q (n)");
    let text = quick_server().await?.query_one_text(&joined).await?;
    Ok(text.split(' ').map(str::parse).collect::<Result<_, _>>()?)
}
