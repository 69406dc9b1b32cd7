//! Opens a store whose table may not be there yet, and adds to a counter: `postgres_open_child ADDRESS SCHEMA PARTITIONS`.

use typed_state::Store;
use typed_state::backends::{Postgres, PostgresConfig};
use typed_state::testing::TestResult;
use typed_state_tests::postgres::Opened;

#[tokio::main]
async fn main() -> TestResult {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().ok_or("an argument is missing");
    let config = PostgresConfig::hosts([next()?])
        .username("postgres")
        .database("postgres")
        .schema(next()?)
        .partitions(next()?.parse()?)
        .pool_min(1)
        .pool_max(2);
    let store = Store::new(Postgres::open(&config.build()?).await?);
    for _ in 0..10 {
        store.counter(&Opened)?.add(1).await?;
    }
    Ok(())
}
