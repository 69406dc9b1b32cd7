//! A Sentinel set starts, with and without passwords and TLS, and replaces its master when it should.

use redis::Value;
use typed_state_tests::servers::{Certificates, RedisServer, SentinelSet, ServerTls};

#[tokio::test]
async fn a_set_with_passwords_replaces_its_master() {
    let servers = RedisServer::options()
        .password("of servers")
        .min_replicas_to_write(1);
    let set = SentinelSet::options()
        .servers(servers)
        .sentinel_password("of sentinels")
        .start()
        .await
        .unwrap();
    assert_eq!(set.sentinel_addresses().len(), 3);
    let first = set.master().await.unwrap();
    first.command(&["SET", "key", "kept"]).await.unwrap();
    let acknowledged = first.command(&["WAIT", "2", "1000"]).await.unwrap();
    assert_eq!(acknowledged, Value::Int(2));

    let old = set.failover().await.unwrap();
    assert_eq!(old.port(), first.port());
    let second = set.wait_for_new_master(old).await.unwrap();
    set.wait_until_ready().await.unwrap();

    let old = set.kill_master().await.unwrap();
    assert_eq!(old.port(), second.port());
    let third = set.wait_for_new_master(old).await.unwrap();
    assert_ne!(third.port(), second.port());
    let kept = third.command(&["GET", "key"]).await.unwrap();
    assert_eq!(kept, Value::BulkString("kept".into()));
}

#[tokio::test]
async fn a_set_over_tls_replaces_a_paused_master() {
    let made = Certificates::generate().unwrap();
    let tls = ServerTls::new(made.server(), &made.authority()).ask_clients();
    let set = SentinelSet::options()
        .servers(RedisServer::options().tls(tls))
        .start()
        .await
        .unwrap();
    let old = set.pause_master().await.unwrap();
    let new = set.wait_for_new_master(old).await.unwrap();
    assert!(new.url().unwrap().starts_with("rediss://"));
    old.resume().unwrap();
    old.command(&["PING"]).await.unwrap();
}

#[tokio::test]
async fn the_shared_set_is_the_same_for_all() {
    let (one, other) = tokio::join!(SentinelSet::shared(), SentinelSet::shared());
    assert_eq!(
        one.unwrap().sentinel_addresses(),
        other.unwrap().sentinel_addresses()
    );
}
