//! A store whose connections are cut, stalled and robbed of answers while it is used.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use tokio::sync::OnceCell;
use tokio::task::JoinHandle;
use typed_state::Result;
use typed_state::backends::{Postgres, PostgresConfig};
use typed_state::testing::{Fixture, Harness, TestResult};

use super::{fresh_table, quick_server};

use crate::proxy::Proxy;
use crate::redis::disturb;
use crate::servers::{PgBouncer, PostgresServer};

/// Fresh stores whose connections go through a proxy that fails at random, and are ended by the server at random.
#[derive(Debug)]
pub struct FaultyPostgres {
    way: FaultyWay,
    /// Each store takes the next, so that a run can be repeated.
    seed: AtomicU64,
}

/// How connections reach the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultyWay {
    /// Through the proxy.
    Prepared,
    /// As before, and no statement is kept prepared.
    Unprepared,
    /// Through the proxy and `PgBouncer` in transaction mode.
    Bouncer,
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

/// Has the server end some of the connections of an application now and then.
async fn terminate(server: &PostgresServer, name: &str, mut random: StdRng) -> TestResult {
    let end = format!(
        "select pg_terminate_backend(pid) from pg_stat_activity \
         where application_name = '{name}' and random() < 0.4"
    );
    loop {
        tokio::time::sleep(Duration::from_millis(random.random_range(20..200))).await;
        server.execute(&end).await?;
    }
}

async fn quick_bouncer(server: &PostgresServer) -> TestResult<&'static PgBouncer> {
    static SHARED: OnceCell<PgBouncer> = OnceCell::const_new();
    // A server that fails is tried again at once.
    let lines = ["auth_type = trust", "server_login_retry = 0.1"];
    SHARED
        .get_or_try_init(|| PgBouncer::start_with(server, &lines))
        .await
}

impl FaultyPostgres {
    /// Faults drawn from `seed` on.
    pub const fn new(way: FaultyWay, seed: u64) -> Self {
        Self {
            way,
            seed: AtomicU64::new(seed),
        }
    }
}

impl Harness for FaultyPostgres {
    type Backend = Postgres;
    type Fixture = FaultyPostgresFixture;

    async fn fresh(&self) -> TestResult<FaultyPostgresFixture> {
        let server = quick_server().await?;
        let target = match self.way {
            FaultyWay::Prepared | FaultyWay::Unprepared => server.address(),
            FaultyWay::Bouncer => quick_bouncer(server).await?.address(),
        };
        let proxy = Proxy::start(target).await?;
        let table = fresh_table();
        let config = PostgresConfig::hosts([proxy.address().to_string()])
            .username("postgres")
            .database("postgres")
            .table(&table)
            .application_name(&table)
            .statement_cache(self.way == FaultyWay::Prepared)
            .pool_min(1)
            .pool_max(16)
            .command_timeout(Duration::from_millis(300))
            .build()?;
        let backend = Arc::new(open(&config).await?);
        let mut others = Vec::new();
        for _ in 0..OTHERS {
            others.push(Arc::new(open(&config).await?));
        }
        let seed = self.seed.fetch_add(1, Ordering::Relaxed);
        Ok(FaultyPostgresFixture {
            backend,
            others: Mutex::new(others),
            faults: tokio::spawn(async move {
                let random = StdRng::seed_from_u64(seed);
                let others = StdRng::seed_from_u64(!seed);
                // A proxy that cannot be set is one that has ended.
                let _ = tokio::join!(
                    disturb(vec![proxy], random),
                    terminate(server, &table, others)
                );
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

/// A bouncer still has sessions that the faults of an earlier store ended, and says so to the first who comes.
async fn open(config: &PostgresConfig) -> Result<Postgres> {
    let mut tries = 0;
    loop {
        match Postgres::open(config).await {
            Err(error) if error.is_retryable() && tries < 10 => tries += 1,
            opened => return opened,
        }
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

    async fn sweep(&self) -> TestResult<u64> {
        Ok(0)
    }

    async fn restart(&mut self) -> TestResult<bool> {
        Ok(false)
    }
}
