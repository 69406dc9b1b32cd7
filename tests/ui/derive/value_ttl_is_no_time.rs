use serde::{Deserialize, Serialize};
use typed_state::StateValue;

#[derive(Serialize, Deserialize, StateValue)]
#[state(name = "order", ttl = "15")]
struct NoUnit;

#[derive(Serialize, Deserialize, StateValue)]
#[state(name = "order", ttl = "0s")]
struct Zero;

#[derive(Serialize, Deserialize, StateValue)]
#[state(name = "order", ttl = 15)]
struct Number;

fn main() {}
