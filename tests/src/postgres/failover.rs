//! A primary that is lost under load, and its replica in its place.

use std::time::{Duration, Instant};

use typed_state::Store;
use typed_state::backends::{Postgres, PostgresConfig, PostgresConfigBuilder};
use typed_state::testing::TestResult;

use super::fresh_table;
use crate::ledger::{Audit, Ledger};
use crate::servers::{PostgresPair, PostgresServer};

/// What happens to the primary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PostgresFault {
    /// `SIGKILL`; it is started again later, and believes that it still is the primary.
    Killed,
    /// `SIGSTOP`; it goes on later, and believes so, too.
    Paused,
}

/// What a failover did.
#[derive(Debug)]
pub struct PostgresFailover {
    /// How long after the new primary served each writer went on that had been held up; the shortest first.
    pub resumed: Vec<Duration>,
    /// What became of what was written.
    pub audit: Audit,
    /// Rows that the old primary took after the new one served.
    pub strays: u64,
}

/// A pair with both its hosts in the configuration of its stores.
#[derive(Debug)]
pub struct FailingPostgres {
    pair: PostgresPair,
    /// Whether a commit waits until the replica has it.
    synchronous: bool,
}

impl FailingPostgres {
    /// Starts a pair.
    ///
    /// # Errors
    /// Where it does not start.
    ///
    /// Cancellation: the servers are ended.
    pub async fn start(synchronous: bool) -> TestResult<Self> {
        // Checking many passwords at once takes longer than a failover, where nothing is optimised.
        let options = PostgresServer::options().without_fsync();
        let pair = PostgresPair::start(options.access("host all all 127.0.0.1/32 trust")).await?;
        let failing = Self { pair, synchronous };
        failing.wait_for_replica().await?;
        Ok(failing)
    }

    /// The pair.
    pub const fn pair(&self) -> &PostgresPair {
        &self.pair
    }

    /// The configuration of a store on both hosts, to be added to.
    pub fn config(&self) -> PostgresConfigBuilder {
        let [one, other] = self.pair.servers();
        PostgresConfig::hosts([one.address().to_string(), other.address().to_string()])
            .username("postgres")
            .database("postgres")
            .pool_min(1)
            .pool_max(16)
            .command_timeout(Duration::from_secs(1))
    }

    /// One failover while a store is written to and read, the return of the old primary as a second one, and what both
    /// did.
    ///
    /// # Errors
    /// Where the servers do not do what they are told, or the writers do not go on in time.
    ///
    /// Cancellation: the old primary may be gone.
    pub async fn failover_under_load(&self, fault: PostgresFault) -> TestResult<PostgresFailover> {
        let table = fresh_table();
        let config = self.config().table(&table).build()?;
        let ledger = Ledger::start(Store::new(Postgres::open(&config).await?), 8);
        tokio::time::sleep(Duration::from_millis(500)).await;
        let old = self.fail_over(fault).await?;
        let resumed = ledger.after(Instant::now()).await?;

        self.bring_back(fault, old).await?;
        self.wait_for_nobody(old).await?;
        let updated = format!("select coalesce(max(updated), '-infinity')::text from {table}");
        let before = old.query_one_text(&updated).await?;
        tokio::time::sleep(Duration::from_millis(700)).await;
        let strays =
            format!("select count(*) from {table} where updated > '{before}'::timestamptz");
        let strays = old.query_one_text(&strays).await?.parse()?;
        ledger.after(Instant::now()).await?;
        let audit = ledger.audit().await?;
        self.rejoin().await?;
        Ok(PostgresFailover {
            resumed,
            audit,
            strays,
        })
    }

    /// Lets the primary fail, which is returned, and makes its replica the primary.
    ///
    /// # Errors
    /// Where the servers do not do what they are told.
    ///
    /// Cancellation: the old primary may be gone.
    pub async fn fail_over(&self, fault: PostgresFault) -> TestResult<&PostgresServer> {
        let old = self.pair.primary();
        match fault {
            PostgresFault::Killed => old.kill()?,
            PostgresFault::Paused => old.pause()?,
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
        self.wait_for_nobody(self.pair.replica()).await?;
        self.pair.promote().await?;
        Ok(old)
    }

    /// Lets an old primary go on, which believes that it still is one; where its commits wait for a replica, they do so for ever.
    ///
    /// # Errors
    /// Where it does not start.
    ///
    /// Cancellation: it may go on.
    pub async fn bring_back(&self, fault: PostgresFault, old: &PostgresServer) -> TestResult {
        match fault {
            PostgresFault::Killed => old.start_again().await?,
            PostgresFault::Paused => old.resume()?,
        }
        Ok(())
    }

    /// Makes an old primary a replica of the new one, for which every commit waits where it should.
    ///
    /// # Errors
    /// As [`PostgresPair::rejoin`].
    ///
    /// Cancellation: the old primary may be down.
    pub async fn rejoin(&self) -> TestResult {
        self.pair.rejoin().await?;
        self.wait_for_replica().await
    }

    /// Has every commit wait for the replica, where it should.
    async fn wait_for_replica(&self) -> TestResult {
        if !self.synchronous {
            return Ok(());
        }
        let primary = self.pair.primary();
        let set = "alter system set synchronous_standby_names = '*'";
        primary.execute(set).await?;
        primary.execute("select pg_reload_conf()").await?;
        let query = "select count(*) from pg_stat_replication where sync_state = 'sync'";
        let begun = Instant::now();
        while primary.query_one_text(query).await? != "1" {
            if begun.elapsed() > Duration::from_secs(20) {
                return Err("no replica is synchronous".into());
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(())
    }

    /// Has a server that has no replica wait for none.
    async fn wait_for_nobody(&self, server: &PostgresServer) -> TestResult {
        if !self.synchronous {
            return Ok(());
        }
        let set = "alter system set synchronous_standby_names = ''";
        server.execute(set).await?;
        server.execute("select pg_reload_conf()").await
    }
}
