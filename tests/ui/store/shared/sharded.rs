//! A backend that is neither `TotalOrder` nor `Transactional`.

use typed_state::backend::Backend;
use typed_state::backends::Memory;
use typed_state_tests::forward;

#[derive(Debug)]
pub struct Sharded(Memory);

impl Backend for Sharded {
    forward!(0: capabilities get commit commit_many write range scan snapshot health);
}
