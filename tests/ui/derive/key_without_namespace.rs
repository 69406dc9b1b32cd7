use typed_state::StateKey;

#[derive(Clone, StateKey)]
#[state(value = u64)]
struct OrderKey(String);

#[derive(Clone, StateKey)]
struct CustomerOrderKey(String);

fn main() {}
