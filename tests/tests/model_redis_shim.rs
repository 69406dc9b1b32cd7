//! x
#![allow(clippy::future_not_send, reason = "x")]
#[tokio::test]
async fn redis_model() {
    typed_state::testing::model::model(&typed_state_tests::redis_shim::RedisHarness, 0..20).await;
}
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_lin() {
    typed_state::testing::linearizability::linearizability(
        &typed_state_tests::redis_shim::RedisHarness,
        0..20,
    )
    .await;
}
