use serde::{Deserialize, Serialize};
use typed_state::StateValue;

#[derive(Serialize, Deserialize, StateValue)]
#[state(name = "order")]
struct OrderV1;

#[derive(Serialize, Deserialize, StateValue)]
#[state(name = "order", version = 2, try_from = OrderV1)]
struct Order;

struct Unreadable;

impl TryFrom<OrderV1> for Order {
    type Error = Unreadable;

    fn try_from(_: OrderV1) -> Result<Self, Unreadable> {
        Err(Unreadable)
    }
}

fn main() {}
