use serde::{Deserialize, Serialize};
use typed_state::StateValue;

#[derive(Serialize, Deserialize, StateValue)]
#[state(name = "customer")]
struct CustomerV1;

#[derive(Serialize, Deserialize, StateValue)]
#[state(name = "order", version = 2, from = CustomerV1)]
struct Order;

impl From<CustomerV1> for Order {
    fn from(_: CustomerV1) -> Self {
        Self
    }
}

fn main() {}
