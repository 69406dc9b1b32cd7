//! A store behind a proxy.

use std::time::Duration;

use typed_state::Store;
use typed_state::backends::{Postgres, PostgresConfig, PostgresConfigBuilder};
use typed_state::testing::TestResult;

use super::{fresh_table, quick_server};
use crate::proxy::Proxy;
use crate::servers::PostgresServer;

/// A store behind a proxy, and another that reaches the same table directly.
#[derive(Debug)]
pub struct BehindProxy {
    /// Between the first store and the server.
    pub proxy: Proxy,
    /// Has one connection at the most, which is made when it is needed.
    pub store: Store<Postgres>,
    /// Reaches the server directly.
    pub direct: Store<Postgres>,
    /// The name of the table, and of the connections of the first store.
    pub table: String,
    /// The server, which others use, too.
    pub server: &'static PostgresServer,
}

impl BehindProxy {
    /// Both stores, with a table of their own; the first keeps statements prepared or not.
    ///
    /// # Errors
    /// Where the server does not start.
    ///
    /// Cancellation: nothing is left behind but a table.
    pub async fn start(statement_cache: bool) -> TestResult<Self> {
        let server = quick_server().await?;
        let proxy = Proxy::start(server.address()).await?;
        let table = fresh_table();
        let config = on(&server.address().to_string(), &table);
        let direct = Postgres::open(&config.build()?).await?;
        let config = on(&proxy.address().to_string(), &table)
            .application_name(&table)
            .statement_cache(statement_cache);
        let store = Postgres::open(&config.build()?).await?;
        Ok(Self {
            proxy,
            store: Store::new(store),
            direct: Store::new(direct),
            table,
            server,
        })
    }

    /// Has the server end the connections of the first store; says how many.
    ///
    /// # Errors
    /// Where the server does not answer.
    ///
    /// Cancellation: they may have been ended.
    pub async fn terminate(&self) -> TestResult<u64> {
        let query = format!(
            "select count(*) filter (where pg_terminate_backend(pid)) from pg_stat_activity \
             where application_name = '{}'",
            self.table
        );
        Ok(self.server.query_one_text(&query).await?.parse()?)
    }
}

fn on(address: &str, table: &str) -> PostgresConfigBuilder {
    PostgresConfig::hosts([address])
        .username("postgres")
        .database("postgres")
        .table(table)
        .pool_min(0)
        .pool_max(1)
        .cleanup_interval(Duration::ZERO)
        .command_timeout(Duration::from_secs(5))
}
