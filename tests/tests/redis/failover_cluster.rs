//! Primaries of a Cluster fail under load: work goes on soon, nothing is applied twice, and what was waited for is kept.

use typed_state::testing::TestResult;
use typed_state_tests::redis::Failing;
use typed_state_tests::rounds;
use typed_state_tests::servers::{RedisCluster, RedisServer};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn work_goes_on_after_every_failover() -> TestResult {
    let servers = Failing::Cluster(RedisCluster::start(RedisServer::options()).await?);
    servers.survive_failovers(rounds(1)).await
}
