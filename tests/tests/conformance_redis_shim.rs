//! x
typed_state::conformance_tests!(redis, typed_state_tests::redis_shim::RedisHarness, durable);
