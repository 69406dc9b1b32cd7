//! Many programs on one table: they make it once, and one of them sweeps it, in small steps.

use std::process::Stdio;
use std::time::{Duration, Instant};

use futures_util::future::try_join_all;
use tokio::process::Command;
use typed_state::backends::{Postgres, PostgresConfig, PostgresConfigBuilder};
use typed_state::testing::TestResult;
use typed_state::{StateKey, Store, Ttl};
use typed_state_tests::postgres::{Opened, fresh_table, quick_server};
use typed_state_tests::servers::PostgresServer;

const PROGRAMS: usize = 6;
const STORES: usize = 6;
const EVERY: Duration = Duration::from_secs(1);
const BATCH: u32 = 20;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, StateKey)]
#[state(namespace = "note", value = u64)]
struct Note(u64);

fn config(server: &PostgresServer, table: &str) -> PostgresConfigBuilder {
    PostgresConfig::hosts([server.address().to_string()])
        .username("postgres")
        .database("postgres")
        .table(table)
        .pool_min(0)
        .pool_max(2)
        .cleanup_batch_size(BATCH)
        .cleanup_interval(Duration::ZERO)
}

#[tokio::test]
async fn programs_that_open_a_fresh_database_at_once_make_its_table_once() -> TestResult {
    let server = quick_server().await?;
    for schema in ["apart", "apart_and_divided"] {
        let programs = (0..PROGRAMS).map(|_| {
            Command::new(env!("CARGO_BIN_EXE_postgres_open_child"))
                .arg(server.address().to_string())
                .args([schema, if schema == "apart" { "0" } else { "4" }])
                .stdin(Stdio::null())
                .kill_on_drop(true)
                .output()
        });
        for program in try_join_all(programs).await? {
            let told = String::from_utf8_lossy(&program.stderr);
            assert!(program.status.success(), "{told}");
        }
        let query = format!("select count(*) from {schema}.state_schema");
        assert_eq!(server.query_one_text(&query).await?, "1");
        let store = config(server, "state").schema(schema).migrate(false);
        let store = Store::new(Postgres::open(&store.build()?).await?);
        let hits = store.counter(&Opened)?;
        assert_eq!(hits.get().await?, i64::try_from(PROGRAMS * 10)?);
    }
    Ok(())
}

/// Writes down every election and every step of a sweep.
async fn witness(server: &PostgresServer, table: &str) -> TestResult {
    let witness = format!(
        "create table {table}_seen (at timestamptz default clock_timestamp(), who text, deleted bigint); \
         create function {table}_saw() returns trigger language plpgsql as $$begin \
            insert into {table}_seen (who, deleted) select current_setting('application_name'), \
                case tg_op when 'DELETE' then (select count(*) from gone) end; \
            return null; end$$; \
         create function {table}_chose() returns trigger language plpgsql as $$begin \
            insert into {table}_seen (who) values (current_setting('application_name')); return null; end$$; \
         create trigger saw after delete on {table} referencing old table as gone \
            for each statement execute function {table}_saw(); \
         create trigger chose after update on {table}_schema for each row execute function {table}_chose()"
    );
    server.execute(&witness).await
}

async fn filled(store: &Store<Postgres>, expired: u64, live: u64) -> TestResult {
    let short = store.with_expiry(Ttl::try_from(Duration::from_millis(1))?);
    let entries: Vec<_> = (0..expired).map(|number| (Note(number), number)).collect();
    let shown = entries.iter().map(|(note, number)| (note, number));
    short.put_many(shown).await?;
    let entries: Vec<_> = (expired..expired + live)
        .map(|number| (Note(number), number))
        .collect();
    let shown = entries.iter().map(|(note, number)| (note, number));
    let long = store.with_expiry(Ttl::try_from(Duration::from_mins(10))?);
    long.put_many(shown).await?;
    tokio::time::sleep(Duration::from_millis(10)).await;
    Ok(())
}

#[tokio::test]
async fn one_of_many_sweeps_in_each_interval_and_in_small_steps() -> TestResult {
    let server = quick_server().await?;
    let table = fresh_table();
    let quiet = Store::new(Postgres::open(&config(server, &table).build()?).await?);
    witness(server, &table).await?;
    filled(&quiet, 110, 30).await?;
    let begun = Instant::now();
    let stores = (0..STORES).map(|number| {
        let config = config(server, &table)
            .cleanup_interval(EVERY)
            .application_name(format!("{table}_{number}"));
        async move { TestResult::Ok(Postgres::open(&config.build()?).await?) }
    });
    let stores = try_join_all(stores).await?;
    let count = |what: &str| {
        let query = format!("select {what} from {table}_seen");
        async move { TestResult::Ok(server.query_one_text(&query).await?.parse::<u64>()?) }
    };
    while count("coalesce(sum(deleted), 0)").await? < 110 {
        assert!(begun.elapsed() < Duration::from_secs(10));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    tokio::time::sleep(EVERY * 2).await;
    stores.iter().for_each(Postgres::close);
    let intervals = u64::try_from(begun.elapsed().as_millis() / EVERY.as_millis())? + 1;
    let elections = count("count(*) filter (where deleted is null)").await?;
    println!("{elections} elections in {intervals} intervals");
    assert!(
        (2..=intervals).contains(&elections),
        "{elections} of {intervals}"
    );
    assert_eq!(count("sum(deleted)").await?, 110);
    assert_eq!(count("max(deleted)").await?, u64::from(BATCH));
    // Six steps of the one who was chosen.
    let by = "count(distinct who) filter (where deleted > 0)";
    assert_eq!(count(by).await?, 1);
    let left = format!("select count(*) from {table}");
    assert_eq!(server.query_one_text(&left).await?, "30");
    assert_eq!(quiet.scan::<Note>().count().await?, 30);
    Ok(())
}

#[tokio::test]
async fn sweeps_at_once_share_the_work_and_pass_over_what_is_locked() -> TestResult {
    let server = quick_server().await?;
    let table = fresh_table();
    let config = config(server, &table).build()?;
    let stores = try_join_all((0..4).map(|_| Postgres::open(&config))).await?;
    witness(server, &table).await?;
    let store = Store::new(stores.first().unwrap().clone());
    filled(&store, 300, 40).await?;
    let hold = format!(
        "begin; select 1 from {table} where expires < 9e12 order by key limit 5 for update; select pg_sleep(0.4); commit"
    );
    let begun = Instant::now();
    let sweeping = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let swept = try_join_all(stores.iter().map(Postgres::sweep)).await?;
        TestResult::Ok((swept, begun.elapsed()))
    };
    let ((swept, took), ()) = tokio::try_join!(sweeping, server.execute(&hold))?;
    println!("{swept:?} within {took:?}");
    assert_eq!(swept.iter().sum::<u64>(), 295);
    assert_eq!(store.backend().sweep().await?, 5);
    let largest = format!("select max(deleted) from {table}_seen");
    let largest: u32 = server.query_one_text(&largest).await?.parse()?;
    assert!(largest <= BATCH, "{largest}");
    assert_eq!(store.scan::<Note>().count().await?, 40);
    assert_eq!(
        stores
            .iter()
            .map(Postgres::pool_state)
            .map(|pool| pool.waiting)
            .sum::<usize>(),
        0
    );
    Ok(())
}
