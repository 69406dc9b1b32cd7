use typed_state::{KeyField, StateKey};

#[derive(Clone, StateKey, KeyField)]
#[state(namespace = "orders", value = u64)]
struct OrderKey(String);

fn main() {}
