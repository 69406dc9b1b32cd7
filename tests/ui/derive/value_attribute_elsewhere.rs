use serde::{Deserialize, Serialize};
use typed_state::StateValue;

#[derive(Serialize, Deserialize, StateValue)]
#[state(name = "order", namspace = "orders", partition, ordered)]
struct Order {
    #[state(ttl = "15m")]
    total: u64,
    #[state(partition)]
    tenant: String,
}

fn main() {}
