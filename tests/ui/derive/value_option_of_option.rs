use serde::{Deserialize, Serialize};
use typed_state::StateValue;

#[derive(Serialize, Deserialize, StateValue)]
#[state(name = "order")]
struct Order {
    note: Option<Option<String>>,
}

#[derive(Serialize, Deserialize, StateValue)]
#[state(name = "order", format = "json")]
enum Event {
    Noted(std::option::Option<Option<u8>>),
}

fn main() {}
