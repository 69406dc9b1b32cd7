//! What every backend must show, shown on Redis in its three modes.

use typed_state_tests::redis::{RedisHarness, RedisMode};

typed_state::conformance_tests!(
    standalone,
    RedisHarness(RedisMode::Standalone),
    notify,
    durable
);
typed_state::conformance_tests!(sentinel, RedisHarness(RedisMode::Sentinel), notify, durable);
typed_state::conformance_tests!(cluster, RedisHarness(RedisMode::Cluster), notify, durable);
