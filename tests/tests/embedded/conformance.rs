//! What every backend must show, shown on embedded: with its cache, and without.

use typed_state_tests::EmbeddedHarness;

typed_state::conformance_tests!(
    embedded,
    EmbeddedHarness::default(),
    transactional,
    total_order,
    notify,
    durable
);
typed_state::conformance_tests!(
    uncached,
    EmbeddedHarness::uncached(),
    transactional,
    total_order,
    notify,
    durable
);
