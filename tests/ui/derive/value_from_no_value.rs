use serde::{Deserialize, Serialize};
use typed_state::StateValue;

#[derive(Serialize, Deserialize)]
struct OrderV1;

#[derive(Serialize, Deserialize, StateValue)]
#[state(name = "order", version = 2, from = OrderV1)]
struct Order;

impl From<OrderV1> for Order {
    fn from(_: OrderV1) -> Self {
        Self
    }
}

fn main() {}
