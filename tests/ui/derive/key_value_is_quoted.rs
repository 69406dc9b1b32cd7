use typed_state::StateKey;

#[derive(Clone, StateKey)]
#[state(namespace = "orders", value = "Vec<u8>")]
struct OrderKey(String);

#[derive(Clone, StateKey)]
#[state(namespace = "orders", value)]
struct Nothing(String);

fn main() {}
