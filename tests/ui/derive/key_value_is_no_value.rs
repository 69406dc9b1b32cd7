use typed_state::StateKey;

struct Order;

#[derive(Clone, StateKey)]
#[state(namespace = "orders", value = Order)]
struct OrderKey(String);

fn main() {}
