//! What every backend must show, shown on backends whose type is forgotten.

use std::sync::Arc;

use typed_state::AnyBackend;
use typed_state::testing::MemoryHarness;
use typed_state_tests::postgres::{PostgresHarness, PostgresMode};
use typed_state_tests::redis::{RedisHarness, RedisMode};
use typed_state_tests::{EmbeddedHarness, Layered};

fn any<B: Clone + Into<AnyBackend>>(backend: Arc<B>) -> AnyBackend {
    Arc::unwrap_or_clone(backend).into()
}

typed_state::conformance_tests!(
    memory,
    Layered::new(MemoryHarness, any),
    transactional,
    total_order,
    notify
);
typed_state::conformance_tests!(
    embedded,
    Layered::new(EmbeddedHarness::default(), any),
    transactional,
    total_order,
    notify,
    durable
);
typed_state::conformance_tests!(
    redis,
    Layered::new(RedisHarness(RedisMode::Standalone), any),
    notify,
    durable
);
typed_state::conformance_tests!(
    postgres,
    Layered::new(PostgresHarness(PostgresMode::Direct), any),
    transactional,
    total_order,
    notify,
    durable
);
