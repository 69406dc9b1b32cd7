use serde::{Deserialize, Serialize};
use typed_state::StateValue;

#[derive(Serialize, Deserialize, StateValue)]
#[state(name = "order")]
struct OrderV1;

#[derive(Serialize, Deserialize, StateValue)]
#[state(name = "order", from = OrderV1)]
struct Unsaid;

#[derive(Serialize, Deserialize, StateValue)]
#[state(name = "order", version = 1, try_from = OrderV1)]
struct Said;

fn main() {}
