//! The canary's words, and how a store on PostgreSQL is opened and refused.

use tokio::sync::OnceCell;
use typed_state::backends::{Postgres, PostgresConfig, PostgresConfigBuilder};
use typed_state::testing::TestResult;
use typed_state::{Error, ErrorKind, Store};
use typed_state_tests::servers::{PostgresOptions, PostgresServer};

pub(crate) mod fake;

pub(crate) use crate::canary::*;

/// A role, whose name servers tell.
pub(crate) const ROLE: &str = "app";

/// Options of a server with the role. Passwords come as they are: proving that one knows them takes long where programs
/// are not optimised.
pub(crate) fn options() -> PostgresOptions {
    PostgresServer::options()
        .without_fsync()
        .role(ROLE, PASSWORD)
        .access("host all all 127.0.0.1/32 password")
}

/// The server that the tests share, whose schemas keep them apart.
pub(crate) async fn shared() -> TestResult<&'static PostgresServer> {
    static SHARED: OnceCell<PostgresServer> = OnceCell::const_new();
    SHARED.get_or_try_init(|| options().start()).await
}

/// The configuration for the user `postgres` of a server, with short times.
pub(crate) fn to(server: &PostgresServer) -> PostgresConfigBuilder {
    hasty(PostgresConfig::url(server.url().unwrap()))
}

/// The configuration for the role.
pub(crate) fn as_role(server: &PostgresServer) -> PostgresConfigBuilder {
    to(server).username(ROLE).password(PASSWORD)
}

/// The configuration for one address, with short times.
#[allow(
    clippy::needless_pass_by_value,
    reason = "an address reads better without a reference"
)]
pub(crate) fn at(address: impl ToString) -> PostgresConfigBuilder {
    let config = PostgresConfig::hosts([address.to_string()]).database("postgres");
    hasty(config.username("postgres").password("of postgres"))
}

pub(crate) fn hasty(config: PostgresConfigBuilder) -> PostgresConfigBuilder {
    let config = config.connect_timeout(CONNECT).command_timeout(COMMAND);
    config.pool_min(1).pool_max(4)
}

pub(crate) async fn open(config: PostgresConfigBuilder) -> TestResult<Store<Postgres>> {
    listen();
    Ok(Store::new(Postgres::open(&config.build()?).await?))
}

/// Panics unless opening fails so, and in time.
pub(crate) async fn refuses(config: PostgresConfigBuilder, kind: ErrorKind, words: &[&str]) {
    listen();
    let config = config.build().unwrap();
    keeps_secrets(&format!("{config} {config:?} {config:#?}"));
    is_refused(Postgres::open(&config), kind, words).await;
}

/// Does everything once that needs no rights beyond those of a user. Gives what went wrong.
pub(crate) async fn use_all(store: &Store<Postgres>) -> Vec<Error> {
    let postgres = store.backend();
    let mut errors = exercise(store).await;
    errors.extend(postgres.server_info().await.err());
    errors.extend(postgres.table_stats().await.err());
    errors.extend(postgres.sweep().await.err());
    errors
}
