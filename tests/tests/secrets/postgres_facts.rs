//! What the store says of its servers is what they say of themselves, and what the documentation tells to run works.

use std::time::Duration;

use typed_state::backend::Role;
use typed_state::backends::{Postgres, PostgresConfig};
use typed_state::testing::TestResult;
use typed_state::{Store, Timestamp, Ttl};
use typed_state_tests::servers::{PgBouncer, PostgresPair, PostgresServer};

use crate::postgres_canary::{Note, heals, open, options, shared, to, until, use_all};

const OPERATORS: &str = include_str!("../../../docs/postgres.md");

/// The blocks of the documentation in a language.
fn documented(language: &str) -> Vec<&'static str> {
    let begin = format!("```{language}\n");
    let blocks = OPERATORS.split(&*begin).skip(1);
    blocks
        .filter_map(|block| block.split("```").next())
        .collect()
}

async fn number(server: &PostgresServer, query: &str) -> u64 {
    server.query_one_text(query).await.unwrap().parse().unwrap()
}

#[tokio::test]
async fn the_server_is_what_it_says() -> TestResult {
    let server = shared().await?;
    let schema = server.fresh_schema().await?;
    let store = open(to(server).schema(&schema)).await?;
    heals(&store).await;
    let told = store.backend().server_info().await?;
    let version = server.query_one_text("show server_version").await?;
    assert_eq!(told.version, version);
    let uptime = "select floor(date_part('epoch', now() - pg_postmaster_start_time()))";
    assert!(told.uptime.as_secs().abs_diff(number(server, uptime).await) <= 2);
    assert_eq!(
        told.max_connections,
        number(server, "show max_connections").await
    );
    assert!(told.connections >= 2 && told.connections < told.max_connections);
    let bytes = number(server, "select pg_database_size('postgres')").await;
    assert!(told.database_bytes > bytes / 2 && told.database_bytes < bytes * 2);
    let health = store.health().await?;
    assert!(health.latency > Duration::ZERO && health.latency < Duration::from_secs(2));
    let [only] = &health.servers[..] else {
        panic!("one server: {health:?}")
    };
    assert_eq!(only.address, server.address().to_string());
    assert_eq!((only.role, only.answers), (Some(Role::Primary), true));
    Ok(())
}

#[tokio::test]
async fn the_table_is_what_the_server_says() -> TestResult {
    let server = shared().await?;
    for partitions in [0, 4] {
        let schema = server.fresh_schema().await?;
        let config = to(server).schema(&schema).partitions(partitions);
        // A session tells what it has counted when it is used again a second later.
        let config = config.pool_max(1).command_timeout(Duration::from_secs(10));
        let store = open(config).await?;
        let postgres = store.backend();
        let fresh = postgres.table_stats().await?;
        assert_eq!(
            (fresh.rows, fresh.table_bytes, fresh.toast_bytes > 0),
            (0, 0, true)
        );
        assert_eq!(fresh.last_vacuum, None);

        let notes: Vec<Note> = (0..500).map(Note).collect();
        let value = "x".repeat(200);
        store
            .put_many(notes.iter().map(|note| (note, &value)))
            .await?;
        let large = "x".repeat(200_000);
        store.put(&Note(1_000), &large).await?;
        assert_eq!(store.delete_many(&notes[..100]).await?, 100);
        let stats = until("the server has counted", async || {
            store.get(&Note(1_000)).await.unwrap();
            let stats = postgres.table_stats().await.unwrap();
            (stats.rows == 401 && stats.dead_rows == 100).then_some(stats)
        })
        .await;
        let tables = format!(
            "from pg_class where relkind = 'r' and relnamespace = '{schema}'::regnamespace and relname ~ '^state(_[0-9]+)?$'"
        );
        for (bytes, what) in [
            (stats.table_bytes, "pg_relation_size(oid)"),
            (stats.index_bytes, "pg_indexes_size(oid)"),
            (stats.toast_bytes, "pg_total_relation_size(reltoastrelid)"),
        ] {
            assert!(bytes > 0);
            let said = number(server, &format!("select sum({what}) {tables}")).await;
            assert_eq!(bytes, said, "{what}");
        }
        assert!(stats.toast_bytes > 100_000, "{stats:?}");

        postgres.vacuum().await?;
        let stats = until("the vacuum is counted", async || {
            let stats = postgres.table_stats().await.unwrap();
            (stats.last_vacuum.is_some() && stats.dead_rows == 0).then_some(stats)
        })
        .await;
        assert_eq!(stats.rows, 401);
        let now = number(server, "select floor(date_part('epoch', now()) * 1000)").await;
        let at = stats.last_vacuum.map(Timestamp::as_millis).unwrap();
        assert!(now.abs_diff(at.unsigned_abs()) < 20_000);
    }
    Ok(())
}

#[tokio::test]
async fn replication_is_what_the_servers_say() -> TestResult {
    let pair = PostgresPair::start(options()).await?;
    let addresses = [pair.primary().address(), pair.replica().address()].map(|it| it.to_string());
    let config = PostgresConfig::hosts(&addresses).username("postgres");
    let config = config.password(pair.primary().password());
    let store = open(config).await?;
    heals(&store).await;
    pair.wait_until_replayed().await?;
    let hosts = until("the replica has caught up", async || {
        let hosts = store.backend().replication().await;
        (hosts[1].behind == Some(0)).then_some(hosts)
    })
    .await;
    assert_eq!(
        hosts.iter().map(|it| &it.address).collect::<Vec<_>>(),
        addresses.each_ref()
    );
    assert!(hosts.iter().all(|it| it.reachable));
    assert!(hosts[0].primary && hosts[0].behind.is_none() && hosts[0].lag.is_none());
    assert!(!hosts[1].primary && hosts[1].lag.unwrap() < Duration::from_secs(2));

    let health = store.health().await?;
    let told: Vec<_> = health
        .servers
        .iter()
        .map(|server| (&server.address, server.role, server.lag.is_some()))
        .collect();
    assert_eq!(
        told,
        [
            (&addresses[0], Some(Role::Primary), false),
            (&addresses[1], Some(Role::Replica), true),
        ]
    );
    assert_eq!(health.answering(), 2);

    pair.pause_replay().await?;
    store.put(&Note(1), &"x".repeat(50_000)).await?;
    let behind = store.backend().replication().await[1].behind.unwrap();
    let place = pair
        .replica()
        .query_one_text("select pg_last_wal_replay_lsn()")
        .await?;
    let query = format!("select pg_current_wal_lsn() - '{place}'::pg_lsn");
    let said = number(pair.primary(), &query).await;
    assert!(behind > 50_000 && behind <= said, "{behind} {said}");
    pair.resume_replay().await?;

    pair.replica().kill()?;
    let hosts = store.backend().replication().await;
    assert!(hosts[0].primary && !hosts[1].reachable && hosts[1].behind.is_none());
    let health = store.health().await?;
    assert_eq!(health.answering(), 1);
    assert_eq!(
        (health.servers[1].role, health.servers[1].lag),
        (None, None)
    );
    Ok(())
}

#[tokio::test]
async fn connections_are_as_many_as_the_server_has() -> TestResult {
    let server = shared().await?;
    let schema = server.fresh_schema().await?;
    let config = to(server).schema(&schema).application_name("counted");
    let store = open(config.pool_min(3).pool_max(5)).await?;
    let query = "select count(*) from pg_stat_activity where application_name = 'counted'";
    let state = || store.backend().pool_state();
    until("the pool is filled", async || {
        (state().idle == 3).then_some(())
    })
    .await;
    heals(&store).await;
    let found = state();
    assert_eq!(
        (found.size, found.idle, found.waiting, found.max),
        (3, 3, 0, 5)
    );
    assert_eq!(number(server, query).await, 3);
    // Beside those of the pool.
    let snapshot = store.snapshot::<Note>().await?;
    assert_eq!((number(server, query).await, state().size), (4, 3));
    drop(snapshot);
    store.backend().close();
    assert_eq!((state().size, state().idle), (0, 0));
    until("they are gone", async || {
        (number(server, query).await == 0).then_some(())
    })
    .await;
    let error = store.get(&Note(1)).await.unwrap_err();
    assert!(error.to_string().contains("the store is closed"), "{error}");
    assert!(store.backend().server_info().await.is_err());
    Ok(())
}

#[tokio::test]
async fn what_the_documentation_has_the_server_run() -> TestResult {
    let server = options().start().await?;
    server.execute("create schema app").await?;
    let store = open(to(&server).schema("app").cleanup_interval(Duration::ZERO)).await?;
    let notes: Vec<Note> = (0..50).map(Note).collect();
    let value = "x".to_owned();
    let brief = store.with_expiry(Ttl::new(Duration::from_millis(50)).unwrap());
    brief
        .put_many(notes[..20].iter().map(|note| (note, &value)))
        .await?;
    let long = store.with_expiry(Ttl::new(Duration::from_mins(10)).unwrap());
    long.put_many(notes[20..40].iter().map(|note| (note, &value)))
        .await?;
    store
        .put_many(notes[40..].iter().map(|note| (note, &value)))
        .await?;
    tokio::time::sleep(Duration::from_millis(60)).await;
    let rows = "select count(*) from app.state";
    assert_eq!(number(&server, rows).await, 50);

    let blocks = documented("sql");
    let cron = blocks
        .iter()
        .find(|sql| sql.contains("cron.schedule"))
        .unwrap();
    let sweep = cron.split("$$").nth(1).unwrap();
    server.execute(sweep).await?;
    assert_eq!(number(&server, rows).await, 30);
    let explain = format!("explain {}", sweep.trim_end().trim_end_matches(';'));
    server.execute(&explain).await?;
    let tune = blocks
        .iter()
        .find(|sql| sql.contains("autovacuum"))
        .unwrap();
    server.execute(tune).await?;
    assert_eq!(store.scan::<Note>().count().await?, 30);
    Ok(())
}

#[tokio::test]
async fn the_documented_settings_of_pgbouncer() -> TestResult {
    let server = PostgresServer::shared().await?;
    let ini = documented("ini")[0];
    let lines: Vec<&str> = ini.lines().filter(|line| !line.starts_with('[')).collect();
    assert_eq!(lines.len(), 5);
    let bouncer = PgBouncer::start_with(server, &lines).await?;
    let schema = server.fresh_schema().await?;
    let config = PostgresConfig::url(bouncer.url()?).schema(&schema);
    let config = config
        .statement_cache(false)
        .pool_min(1)
        .pool_max(8)
        .build()?;
    let store = Store::new(Postgres::open(&config).await?);
    let errors = use_all(&store).await;
    assert!(errors.is_empty(), "{errors:#?}");
    Ok(())
}
