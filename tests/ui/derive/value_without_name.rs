use serde::{Deserialize, Serialize};
use typed_state::StateValue;

#[derive(Serialize, Deserialize, StateValue)]
struct OrderLine;

#[derive(Serialize, Deserialize, StateValue)]
#[state(name = "Order Line")]
struct Named;

fn main() {}
