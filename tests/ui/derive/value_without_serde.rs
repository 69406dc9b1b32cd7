use serde::Serialize;
use typed_state::StateValue;

#[derive(StateValue)]
#[state(name = "order")]
struct Neither {
    total: u64,
}

#[derive(Serialize, StateValue)]
#[state(name = "order")]
struct WriteOnly {
    total: u64,
}

fn main() {}
