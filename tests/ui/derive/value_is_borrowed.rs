use serde::{Deserialize, Serialize};
use typed_state::StateValue;

#[derive(Serialize, Deserialize, StateValue)]
#[state(name = "order")]
struct Order<'a> {
    text: &'a str,
}

fn main() {}
