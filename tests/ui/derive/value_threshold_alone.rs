use serde::{Deserialize, Serialize};
use typed_state::StateValue;

#[derive(Serialize, Deserialize, StateValue)]
#[state(name = "order", threshold = 512)]
struct Alone;

#[derive(Serialize, Deserialize, StateValue)]
#[state(name = "order", compress = "none", threshold = 512)]
struct WithNone;

fn main() {}
