//! Primaries of a Cluster fail under load: work goes on soon, nothing is applied twice, and what was waited for is kept.

use std::time::Duration;

use typed_state::testing::TestResult;
use typed_state_tests::redis::{Failing, Failover, Fault};
use typed_state_tests::rounds;
use typed_state_tests::servers::{RedisCluster, RedisServer};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn work_goes_on_after_every_failover() -> TestResult {
    let servers = Failing::Cluster(RedisCluster::start(RedisServer::options()).await?);
    for round in 0..rounds(1) {
        for fault in [Fault::Killed, Fault::Paused, Fault::ByHand] {
            let failover = servers.failover_under_load(fault).await?;
            println!("round {round}, {fault:?}: {failover:?}");
            check(&failover);
        }
    }
    Ok(())
}

fn check(failover: &Failover) {
    let Failover {
        resumed,
        plain,
        waiting,
    } = failover;
    for audit in [plain, waiting] {
        assert_eq!(audit.wrong, [""; 0]);
        assert!(audit.acknowledged > 100 && audit.reads > 100, "{audit:?}");
    }
    assert_eq!((waiting.lost, waiting.lost_hits), (0, 0), "{waiting:?}");
    let median = resumed.get(resumed.len() / 2).copied().unwrap_or_default();
    let last = resumed.last().copied().unwrap_or_default();
    assert!(median < Duration::from_secs(2), "{resumed:?}");
    assert!(last < Duration::from_secs(5), "{resumed:?}");
}
