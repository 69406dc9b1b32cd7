use typed_state::StateKey;

#[derive(Clone, StateKey)]
#[state(namespace = "orders", value = u64, ttl = "15m")]
struct OrderKey(String);

fn main() {}
