//! What every backend must show, shown on backends whose type is forgotten.
#![recursion_limit = "256"]

mod any_harness;

use any_harness::AnyHarness;
use typed_state::testing::MemoryHarness;
use typed_state_tests::EmbeddedHarness;
use typed_state_tests::postgres::{PostgresHarness, PostgresMode};
use typed_state_tests::redis::{RedisHarness, RedisMode};

typed_state::conformance_tests!(
    memory,
    AnyHarness(MemoryHarness),
    transactional,
    total_order,
    notify
);
typed_state::conformance_tests!(
    embedded,
    AnyHarness(EmbeddedHarness::default()),
    transactional,
    total_order,
    notify,
    durable
);
typed_state::conformance_tests!(
    redis,
    AnyHarness(RedisHarness(RedisMode::Standalone)),
    notify,
    durable
);
typed_state::conformance_tests!(
    postgres,
    AnyHarness(PostgresHarness(PostgresMode::Direct)),
    transactional,
    total_order,
    notify,
    durable
);
