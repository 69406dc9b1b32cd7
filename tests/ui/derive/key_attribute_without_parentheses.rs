use typed_state::StateKey;

#[derive(Clone, StateKey)]
#[state = "orders"]
#[state(namespace = "orders", value = u64)]
struct OrderKey(#[state] String);

fn main() {}
