use serde::{Deserialize, Serialize};
use typed_state::StateValue;

#[derive(Serialize, Deserialize, StateValue)]
#[state(name = "order", version = 2, from = OrderV1, try_from = OrderV1)]
struct Order;

#[derive(Serialize, Deserialize, StateValue)]
#[state(name = "order")]
struct OrderV1;

#[derive(Serialize, Deserialize, StateValue)]
#[state(name = "order", version = 2, from = "OrderV1")]
struct Quoted;

fn main() {}
