//! `PgBouncer` shares connections among clients, transaction by transaction.

use std::collections::HashSet;
use std::time::Duration;

use futures_util::future::join_all;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{Connection as _, Executor as _, Row as _, raw_sql};
use typed_state_tests::servers::{PgBouncer, PostgresServer};

const CLIENTS: usize = 12;
const ROUNDS: usize = 20;

/// Which connection to the server a transaction has, from its begin to its end.
async fn backends(url: &str) -> HashSet<i32> {
    let mut client = PgConnection::connect(url).await.unwrap();
    let mut seen = HashSet::new();
    for _ in 0..ROUNDS {
        client.execute(raw_sql("begin")).await.unwrap();
        let mut pids = Vec::new();
        for _ in 0..2 {
            let query = raw_sql("select pg_backend_pid(), pg_sleep(0.001)");
            let row = client.fetch_one(query).await.unwrap();
            pids.push(row.get::<i32, _>(0));
        }
        client.execute(raw_sql("commit")).await.unwrap();
        assert_eq!(pids.first(), pids.last());
        seen.extend(pids);
    }
    client.close().await.unwrap();
    seen
}

#[tokio::test]
async fn twelve_clients_go_over_three_connections() {
    let options = PostgresServer::options().without_fsync();
    let server = options.password("of \"postgres\"").start().await.unwrap();
    let bouncer = PgBouncer::start(&server).await.unwrap();
    let url = &bouncer.url().unwrap();
    let seen = join_all((0..CLIENTS).map(|_| backends(url))).await;
    let all: HashSet<i32> = seen.iter().flatten().copied().collect();
    assert_eq!(all.len(), 3, "{seen:?}");
    let moved = seen.iter().filter(|seen| seen.len() > 1).count();
    assert!(moved > CLIENTS / 2, "{seen:?}");

    let wrong: PgConnectOptions = url.parse().unwrap();
    let wrong = PgConnection::connect_with(&wrong.password("wrong")).await;
    wrong.unwrap_err();
    let debug = format!("{bouncer:?} {server:?}");
    assert!(
        !debug.contains("of ") && !debug.contains("of%20"),
        "{debug}"
    );
}

#[tokio::test]
async fn its_connections_and_its_clients_are_ended_when_told() {
    let server = PostgresServer::shared().await.unwrap();
    let bouncer = PgBouncer::start(server).await.unwrap();
    let pid = || raw_sql("select pg_backend_pid()");
    let mut client = PgConnection::connect(&bouncer.url().unwrap())
        .await
        .unwrap();
    let before: i32 = client.fetch_one(pid()).await.unwrap().get(0);
    bouncer.command("RECONNECT").await.unwrap();
    let deadline = Duration::from_secs(10);
    let moved = tokio::time::timeout(deadline, async {
        while client.fetch_one(pid()).await.unwrap().get::<i32, _>(0) == before {}
    });
    moved.await.unwrap();
    bouncer.kill().unwrap();
    client.fetch_one(pid()).await.unwrap_err();
    bouncer.start_again().await.unwrap();
    let mut client = PgConnection::connect(&bouncer.url().unwrap())
        .await
        .unwrap();
    client.fetch_one(pid()).await.unwrap();
}

#[tokio::test]
async fn lines_take_the_place_of_those_that_are_there() {
    let server = PostgresServer::shared().await.unwrap();
    let lines = ["default_pool_size = 1"];
    let bouncer = PgBouncer::start_with(server, &lines).await.unwrap();
    let url = &bouncer.url().unwrap();
    let seen = join_all((0..3).map(|_| backends(url))).await;
    let all: HashSet<i32> = seen.into_iter().flatten().collect();
    assert_eq!(all.len(), 1);
    bouncer.stop().await.unwrap();
}
