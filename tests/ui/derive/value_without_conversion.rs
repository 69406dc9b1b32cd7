use serde::{Deserialize, Serialize};
use typed_state::StateValue;

#[derive(Serialize, Deserialize, StateValue)]
#[state(name = "order")]
struct OrderV1;

#[derive(Serialize, Deserialize, StateValue)]
#[state(name = "order", version = 2, from = OrderV1)]
struct OrderV2;

#[derive(Serialize, Deserialize, StateValue)]
#[state(name = "order", version = 3, try_from = OrderV2)]
struct Order;

fn main() {}
