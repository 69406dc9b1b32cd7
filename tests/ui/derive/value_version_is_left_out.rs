use serde::{Deserialize, Serialize};
use typed_state::StateValue;

#[derive(Serialize, Deserialize, StateValue)]
#[state(name = "order")]
struct OrderV1;

#[derive(Serialize, Deserialize, StateValue)]
#[state(name = "order", version = 3, from = OrderV1)]
struct OrderV3;

impl From<OrderV1> for OrderV3 {
    fn from(_: OrderV1) -> Self {
        Self
    }
}

fn main() {}
