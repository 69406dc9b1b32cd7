//! What every backend must show, shown on PostgreSQL: directly, on hash partitions, and through `PgBouncer`.

use typed_state_tests::postgres::{PostgresHarness, PostgresMode};

typed_state::conformance_tests!(
    direct,
    PostgresHarness(PostgresMode::Direct),
    transactional,
    total_order,
    notify,
    durable
);
typed_state::conformance_tests!(
    partitioned,
    PostgresHarness(PostgresMode::Partitioned),
    transactional,
    total_order,
    notify,
    durable
);
typed_state::conformance_tests!(
    bouncer,
    PostgresHarness(PostgresMode::Bouncer),
    transactional,
    total_order,
    durable
);
