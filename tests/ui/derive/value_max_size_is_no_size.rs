use serde::{Deserialize, Serialize};
use typed_state::StateValue;

#[derive(Serialize, Deserialize, StateValue)]
#[state(name = "order", max_size = "1MB")]
struct DecimalUnit;

#[derive(Serialize, Deserialize, StateValue)]
#[state(name = "order", max_size = 0)]
struct Zero;

#[derive(Serialize, Deserialize, StateValue)]
#[state(name = "order", compress = "lz4", threshold = many)]
struct Word;

fn main() {}
