use typed_state::StateKey;

#[derive(Clone, StateKey)]
#[state(namespace = "orders", value = u64, crate = "not a path")]
struct OrderKey(String);

#[derive(Clone, StateKey)]
#[state(namespace = "orders", value = u64, bound = "KeyField")]
struct Pair<T>(T);

fn main() {}
