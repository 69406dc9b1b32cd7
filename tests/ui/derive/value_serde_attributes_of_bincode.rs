use serde::{Deserialize, Serialize};
use typed_state::StateValue;

#[derive(Serialize, Deserialize, StateValue)]
#[state(name = "order", format = "bincode")]
struct Order {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    #[serde(flatten)]
    event: Event,
}

#[derive(Serialize, Deserialize, StateValue)]
#[state(name = "event", format = "bincode")]
#[serde(tag = "kind")]
enum Event {
    Noted,
}

fn main() {}
