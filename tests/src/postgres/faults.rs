//! A store whose connections are cut, stalled and robbed of answers while it is used.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rand::SeedableRng as _;
use rand::rngs::StdRng;
use tokio::task::JoinHandle;
use typed_state::backends::{Postgres, PostgresConfig};
use typed_state::testing::{Fixture, Harness, TestResult, Time};

use super::{fresh_table, quick_server};
use crate::proxy::Proxy;
use crate::redis::disturb;

/// Fresh stores whose connections go through a proxy that fails at random.
#[derive(Debug)]
pub struct FaultyPostgres {
    /// Whether statements are kept prepared.
    statement_cache: bool,
    /// Each store takes the next, so that a run can be repeated.
    seed: AtomicU64,
}

/// A store behind a proxy.
#[derive(Debug)]
pub struct FaultyPostgresFixture {
    backend: Arc<Postgres>,
    /// Other clients, opened before the faults began: opening takes too many steps to end among them.
    others: Mutex<Vec<Arc<Postgres>>>,
    faults: JoinHandle<()>,
}

/// How many other clients a store has.
const OTHERS: usize = 4;

impl FaultyPostgres {
    /// Faults drawn from `seed` on.
    pub const fn new(statement_cache: bool, seed: u64) -> Self {
        Self {
            statement_cache,
            seed: AtomicU64::new(seed),
        }
    }
}

impl Harness for FaultyPostgres {
    type Backend = Postgres;
    type Fixture = FaultyPostgresFixture;

    async fn fresh(&self) -> TestResult<FaultyPostgresFixture> {
        let server = quick_server().await?;
        let proxy = Proxy::start(server.address()).await?;
        let config = PostgresConfig::hosts([proxy.address().to_string()])
            .username("postgres")
            .database("postgres")
            .table(fresh_table())
            .statement_cache(self.statement_cache)
            .pool_min(1)
            .pool_max(16)
            .command_timeout(Duration::from_millis(300))
            .build()?;
        let backend = Arc::new(Postgres::open(&config).await?);
        let mut others = Vec::new();
        for _ in 0..OTHERS {
            others.push(Arc::new(Postgres::open(&config).await?));
        }
        let seed = self.seed.fetch_add(1, Ordering::Relaxed);
        Ok(FaultyPostgresFixture {
            backend,
            others: Mutex::new(others),
            faults: tokio::spawn(async move {
                let random = StdRng::seed_from_u64(seed);
                // A proxy that cannot be set is one that has ended.
                let _ = disturb(vec![proxy], random).await;
            }),
        })
    }

    fn slowness(&self) -> NonZeroUsize {
        NonZeroUsize::MIN.saturating_add(49)
    }
}

impl Drop for FaultyPostgresFixture {
    fn drop(&mut self) {
        self.faults.abort();
    }
}

impl Fixture for FaultyPostgresFixture {
    type Backend = Postgres;

    fn backend(&self) -> &Arc<Postgres> {
        &self.backend
    }

    async fn connect(&self) -> TestResult<Arc<Postgres>> {
        let mut others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(others.pop().ok_or("all other clients are taken")?)
    }

    fn time(&self) -> Time {
        Time::Running
    }

    async fn elapse(&self, by: Duration) -> TestResult {
        tokio::time::sleep(by + Duration::from_millis(2)).await;
        Ok(())
    }

    async fn sweep(&self) -> TestResult<u64> {
        Ok(0)
    }

    async fn restart(&mut self) -> TestResult<bool> {
        Ok(false)
    }
}
