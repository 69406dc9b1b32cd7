use serde::{Deserialize, Serialize};
use typed_state::StateValue;

#[derive(Serialize, Deserialize, StateValue)]
#[state(name = "order", version = 0)]
struct Zero;

#[derive(Serialize, Deserialize, StateValue)]
#[state(name = "order", version = "2")]
struct Quoted;

#[derive(Serialize, Deserialize, StateValue)]
#[state(name = "order", version = -1)]
struct Negative;

fn main() {}
