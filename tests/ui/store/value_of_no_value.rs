use typed_state::StateKey;

struct Order;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, StateKey)]
#[state(namespace = "orders", value = Order)]
struct OrderKey {
    id: u64,
}

fn main() {}
