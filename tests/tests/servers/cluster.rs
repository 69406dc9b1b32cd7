//! A cluster starts, moves a slot, and replaces its masters when it should.

use redis::{Value, from_redis_value};
use typed_state_tests::servers::{Certificates, RedisCluster, RedisServer, ServerTls};

/// Of the hash tag `{tag}`.
const SLOT: u16 = 8338;

fn keys() -> Vec<String> {
    (0..5).map(|number| format!("{{tag}}{number}")).collect()
}

async fn read(node: &RedisServer, key: &str) -> Result<String, String> {
    let told = node.command(&["GET", key]).await;
    let told = told.map_err(|error| error.to_string())?;
    from_redis_value(told).map_err(|error| error.to_string())
}

#[tokio::test]
async fn a_slot_moves_with_a_stop_in_the_middle() {
    let cluster = RedisCluster::shared().await.unwrap();
    let from = cluster.master_of(SLOT).await.unwrap();
    let to = cluster.master_of(0).await.unwrap();
    assert_ne!(from.port(), to.port());
    for key in keys() {
        from.command(&["SET", &key, &key]).await.unwrap();
    }

    let moved = cluster.half_move_slot(SLOT, from, to).await.unwrap();
    assert_eq!(moved.len(), 3);
    for key in keys() {
        let told = read(from, &key).await;
        if moved.iter().any(|moved| moved == key.as_bytes()) {
            let told = told.unwrap_err();
            assert!(told.contains("Ask: "), "{key}: {told}");
        } else {
            assert_eq!(told.unwrap(), key);
        }
    }
    assert!(read(to, "{tag}0").await.unwrap_err().contains("Moved: "));

    cluster.finish_move(SLOT, from, to).await.unwrap();
    assert_eq!(cluster.master_of(SLOT).await.unwrap().port(), to.port());
    for key in keys() {
        assert_eq!(read(to, &key).await.unwrap(), key);
        assert!(read(from, &key).await.unwrap_err().contains("Moved: "));
    }
    cluster.move_slot(SLOT, to, from).await.unwrap();
    assert_eq!(read(from, "{tag}0").await.unwrap(), "{tag}0");
}

#[tokio::test]
async fn masters_are_replaced() {
    let cluster = RedisCluster::start(RedisServer::options().password("secret"))
        .await
        .unwrap();
    let old = cluster.master_of(0).await.unwrap();
    let replica = cluster.replica_of(0).await.unwrap();
    cluster.failover(replica).await.unwrap();
    let new = cluster.wait_for_new_master(0, old).await.unwrap();
    assert_eq!(new.port(), replica.port());

    let killed = cluster.kill_master_of(SLOT).await.unwrap();
    let paused = cluster.master_of(16_383).await.unwrap();
    cluster.wait_for_new_master(SLOT, killed).await.unwrap();
    killed.start_again().await.unwrap();
    cluster.wait_until_ready().await.unwrap();

    assert_eq!(
        cluster.pause_master_of(16_383).await.unwrap().port(),
        paused.port()
    );
    cluster.wait_for_new_master(16_383, paused).await.unwrap();
    paused.resume().unwrap();
    cluster.wait_until_ready().await.unwrap();
    let told = paused.command(&["ROLE"]).await.unwrap();
    assert!(format!("{told:?}").contains("slave"), "{told:?}");
}

#[tokio::test]
async fn a_cluster_over_tls_moves_keys() {
    let made = Certificates::generate().unwrap();
    let tls = ServerTls::new(made.server(), &made.authority());
    let cluster = RedisCluster::start(RedisServer::options().tls(tls))
        .await
        .unwrap();
    let from = cluster.master_of(SLOT).await.unwrap();
    let to = cluster.master_of(0).await.unwrap();
    from.command(&["SET", "{tag}", "kept"]).await.unwrap();
    cluster.move_slot(SLOT, from, to).await.unwrap();
    let kept = to.command(&["GET", "{tag}"]).await.unwrap();
    assert_eq!(kept, Value::BulkString("kept".into()));
}
