//! Opening a store on PostgreSQL: making the table, and refusing what is not one.

use std::time::Duration;

use typed_state::ErrorKind;
use typed_state::backend::{Backend as _, Commit, Context, Expiry, Key, Mutation, Revision, Scope};
use typed_state::backends::{Postgres, PostgresConfig, PostgresConfigBuilder};
use typed_state_tests::postgres::{PostgresMode, fresh_table};
use typed_state_tests::servers::{PostgresPair, PostgresServer};

async fn config(table: &str) -> PostgresConfigBuilder {
    PostgresMode::Direct.shared().await.unwrap().table(table)
}

async fn refused(config: PostgresConfigBuilder, kind: ErrorKind, words: &[&str]) {
    let error = Postgres::open(&config.build().unwrap()).await.unwrap_err();
    assert_eq!(error.kind(), kind, "{error}");
    for word in words {
        assert!(error.to_string().contains(word), "{error}");
    }
}

fn key() -> Key {
    Key::new(&b"n\x00k"[..], 3).unwrap()
}

async fn put(store: &Postgres) -> typed_state::Result<()> {
    let mut commit = Commit::new(Revision::from_bits(1), Scope::Partition);
    let (key, value) = (key(), "value".into());
    let expiry = Expiry::Never;
    commit.apply(Mutation::Put { key, value, expiry }).unwrap();
    store.commit(&Context::new(), commit).await.map(drop)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_that_open_at_once_make_the_table_once() {
    for mode in [
        PostgresMode::Direct,
        PostgresMode::Partitioned,
        PostgresMode::Bouncer,
    ] {
        let (schema, table) = (fresh_table(), fresh_table());
        let config = mode.shared().await.unwrap().schema(&schema).table(&table);
        let config = config.build().unwrap();
        let opened = (0..12).map(|_| Postgres::open(&config));
        let stores = futures_util::future::try_join_all(opened).await.unwrap();
        for store in &stores {
            put(store).await.unwrap();
        }
    }
}

#[tokio::test]
async fn without_leave_to_migrate_the_error_tells_what_to_run() {
    let table = fresh_table();
    let config = config(&table).await.migrate(false);
    refused(
        config.clone(),
        ErrorKind::Configuration,
        &["migrate", &table],
    )
    .await;
    let config = config.build().unwrap();
    execute(&config.migration_sql()).await;
    put(&Postgres::open(&config).await.unwrap()).await.unwrap();
}

async fn execute(sql: &str) {
    typed_state_tests::postgres::execute(sql).await.unwrap();
}

#[tokio::test]
async fn a_table_that_is_not_the_stores_is_left_alone() {
    let table = fresh_table();
    execute(&format!("create table {table} (key bytea, value bytea)")).await;
    let kind = ErrorKind::IncompatibleSchema;
    refused(
        config(&table).await,
        kind,
        &[&table, "not one that the store made"],
    )
    .await;

    let table = fresh_table();
    Postgres::open(&config(&table).await.build().unwrap())
        .await
        .unwrap();
    execute(&format!(
        "alter table {table} alter column revision type integer"
    ))
    .await;
    refused(config(&table).await, kind, &["`revision` of type bigint"]).await;
}

#[tokio::test]
async fn a_table_of_a_newer_program_is_refused_only_where_it_must_be() {
    let table = fresh_table();
    let config = config(&table).await;
    Postgres::open(&config.clone().build().unwrap())
        .await
        .unwrap();
    execute(&format!("update {table}_schema set version = 7")).await;
    put(&Postgres::open(&config.clone().build().unwrap())
        .await
        .unwrap())
    .await
    .unwrap();
    execute(&format!("update {table}_schema set oldest = 6")).await;
    refused(
        config,
        ErrorKind::IncompatibleSchema,
        &["version 7", "newer program"],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_of_many_sweeps() {
    let table = fresh_table();
    let config = config(&table)
        .await
        .cleanup_interval(Duration::from_secs(1));
    let config = config.build().unwrap();
    let opened = (0..4).map(|_| Postgres::open(&config));
    let stores = futures_util::future::try_join_all(opened).await.unwrap();
    execute(&format!(
        "create table {table}_log (at timestamptz); \
         create function {table}_note() returns trigger language plpgsql as \
         $$begin insert into {table}_log values (clock_timestamp()); return null; end$$; \
         create trigger noted after update on {table}_schema for each row execute function {table}_note(); \
         insert into {table} select int4send(number), '', 0, 1, null, now(), now(), 1 from generate_series(1, 2500) as number"
    ))
    .await;
    for _ in 0..100 {
        if stores[0].table_stats().await.unwrap().rows == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    let asked = format!("select count(*) from {table} union all select count(*) from {table}_log");
    let answer = typed_state_tests::postgres::numbers(&asked).await.unwrap();
    let [left, elections] = answer[..] else {
        panic!("{answer:?}")
    };
    assert_eq!(left, 0);
    // Four programs ask every second; one of them is let.
    assert!((1..=8).contains(&elections), "{elections} elections");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dropped_request_leaves_nothing_behind() {
    let table = fresh_table();
    let store = Postgres::open(&config(&table).await.pool_max(2).build().unwrap())
        .await
        .unwrap();
    put(&store).await.unwrap();
    for _ in 0..60 {
        let wait = Duration::from_micros(rand::random_range(0..3_000));
        let _ = tokio::time::timeout(wait, put(&store)).await;
    }
    put(&store).await.unwrap();
    assert!(store.get(&Context::new(), &[key()]).await.unwrap().len() == 1);
    assert!(store.pool_state().size <= 2);
    let open = "select count(*) from pg_stat_activity where state like 'idle in transaction%'";
    assert_eq!(
        typed_state_tests::postgres::numbers(open).await.unwrap(),
        [0]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_that_waits_for_a_row_ends_with_its_deadline_and_does_nothing() {
    let table = fresh_table();
    let config = config(&table)
        .await
        .command_timeout(Duration::from_millis(400));
    let store = Postgres::open(&config.build().unwrap()).await.unwrap();
    put(&store).await.unwrap();
    let hold = format!("begin; select 1 from {table} for update; select pg_sleep(1.5); rollback");
    let holding = tokio::spawn(async move { execute(&hold).await });
    tokio::time::sleep(Duration::from_millis(300)).await;
    let error = put(&store).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    holding.await.unwrap();
    put(&store).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn operations_resume_once_the_replica_is_the_primary() {
    let options = PostgresServer::options()
        .without_fsync()
        .access("host all all 127.0.0.1/32 trust");
    let pair = PostgresPair::start(options).await.unwrap();
    let hosts = pair
        .servers()
        .each_ref()
        .map(|server| server.address().to_string());
    let config = PostgresConfig::hosts(hosts)
        .username("postgres")
        .database("postgres");
    let store = Postgres::open(&config.pool_max(8).build().unwrap())
        .await
        .unwrap();
    put(&store).await.unwrap();
    pair.wait_until_replayed().await.unwrap();
    let hosts = store.replication().await;
    assert_eq!(
        hosts.iter().filter(|host| host.primary).count(),
        1,
        "{hosts:?}"
    );
    assert!(hosts.iter().any(|host| host.behind == Some(0)), "{hosts:?}");
    let mut replica = Context::new();
    replica.reads = typed_state::backend::Reads::Replica;
    assert!(
        store
            .get(&replica, &[key()])
            .await
            .unwrap()
            .iter()
            .all(Option::is_some)
    );

    pair.primary().kill().unwrap();
    assert!(put(&store).await.is_err());
    pair.promote().await.unwrap();
    for _ in 0..100 {
        match put(&store).await {
            Ok(()) => return,
            Err(error) => assert!(
                error.is_retryable() || error.kind() == ErrorKind::OutcomeUnknown,
                "{error}"
            ),
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("no operation succeeded after the promotion");
}
