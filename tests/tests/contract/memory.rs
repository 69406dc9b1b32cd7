//! What every backend must show, shown on memory.

use typed_state::testing::MemoryHarness;

typed_state::conformance_tests!(memory, MemoryHarness, transactional, total_order, notify);
