use serde::{Deserialize, Serialize};
use typed_state::StateValue;

#[derive(Serialize, Deserialize, StateValue)]
#[state(name = "order", format = "masgpack")]
struct Format;

#[derive(Serialize, Deserialize, StateValue)]
#[state(name = "order", format = "yaml")]
struct NoneNear;

#[derive(Serialize, Deserialize, StateValue)]
#[state(name = "order", compress = "zst")]
struct Compressor;

fn main() {}
