//! A replica of PostgreSQL shows what its primary has, later where it is told to, and takes its place.

use typed_state_tests::servers::{PostgresPair, PostgresServer};

const COUNT: &str = "select count(*) from kept";

async fn put(server: &PostgresServer, number: u32) {
    let insert = format!("insert into kept values ({number})");
    server.execute(&insert).await.unwrap();
}

async fn count(server: &PostgresServer) -> String {
    server.query_one_text(COUNT).await.unwrap()
}

#[tokio::test]
async fn a_replica_shows_what_its_primary_has_and_takes_its_place() {
    let options = PostgresServer::options().without_fsync();
    let pair = PostgresPair::start(options).await.unwrap();
    let (primary, replica) = (pair.primary(), pair.replica());
    assert_ne!(primary.port(), replica.port());
    primary
        .execute("create table kept (number int)")
        .await
        .unwrap();
    put(primary, 1).await;
    pair.wait_until_replayed().await.unwrap();
    assert_eq!(count(replica).await, "1");
    let refused = replica
        .execute("insert into kept values (0)")
        .await
        .unwrap_err();
    assert!(
        refused.to_string().contains("read-only transaction"),
        "{refused}"
    );

    pair.pause_replay().await.unwrap();
    put(primary, 2).await;
    assert_eq!(count(replica).await, "1");
    pair.resume_replay().await.unwrap();
    pair.wait_until_replayed().await.unwrap();
    assert_eq!(count(replica).await, "2");

    primary.kill().unwrap();
    let old = pair.promote().await.unwrap();
    assert_eq!(old.port(), primary.port());
    assert_eq!(pair.primary().port(), replica.port());
    put(pair.primary(), 3).await;
    // The old primary knows nothing of its end, until it is told.
    old.start_again().await.unwrap();
    put(old, 4).await;
    put(old, 5).await;
    assert_eq!(count(old).await, "4");
    pair.rejoin().await.unwrap();
    pair.wait_until_replayed().await.unwrap();
    assert_eq!(count(pair.replica()).await, "3");

    // And back, while both run.
    let old = pair.promote().await.unwrap();
    pair.rejoin().await.unwrap();
    assert_eq!(pair.primary().port(), primary.port());
    put(pair.primary(), 6).await;
    pair.wait_until_replayed().await.unwrap();
    assert_eq!(count(old).await, "4");
    pair.replica().kill().unwrap();
    put(pair.primary(), 7).await;
    pair.replica().start_again().await.unwrap();
    pair.wait_until_replayed().await.unwrap();
    assert_eq!(count(pair.replica()).await, "5");
}
