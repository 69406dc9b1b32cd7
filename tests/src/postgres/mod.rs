//! PostgreSQL under test, on servers that the tests of one process share.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use typed_state::backends::{Postgres, PostgresConfig};
use typed_state::testing::{Fixture, Harness, TestResult, Time};

/// How the store reaches its table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PostgresMode {
    /// Directly.
    Direct,
    /// Directly, and the table has hash partitions.
    Partitioned,
    /// Through PgBouncer in transaction mode.
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
    format!("t{}_{}", std::process::id(), STORES.fetch_add(1, Ordering::Relaxed))
}

impl PostgresMode {
    /// The configuration for the shared servers of this mode.
    ///
    /// # Errors
    /// Where they cannot be started.
    pub async fn shared(self, table: &str) -> TestResult<PostgresConfig> {
        let port = if self == Self::Bouncer { 54_998 } else { 54_999 };
        let hosts = [("127.0.0.1".to_owned(), port)];
        let partitions = if self == Self::Partitioned { 8 } else { 0 };
        let direct = self != Self::Bouncer;
        Ok(PostgresConfig::stand_in(&hosts, ("postgres", ""), table, direct, partitions))
    }
}

impl Harness for PostgresHarness {
    type Backend = Postgres;
    type Fixture = PostgresFixture;

    async fn fresh(&self) -> TestResult<PostgresFixture> {
        let config = self.0.shared(&fresh_table()).await?;
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

    fn time(&self) -> Time {
        Time::Running
    }

    async fn elapse(&self, by: Duration) -> TestResult {
        // An entry lives through the millisecond in which it expires, and the server's clock may be read in the one before.
        tokio::time::sleep(by + Duration::from_millis(2)).await;
        Ok(())
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
