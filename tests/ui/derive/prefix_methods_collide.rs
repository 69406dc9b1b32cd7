use typed_state::StateKey;

#[derive(Clone, StateKey)]
#[state(namespace = "orders", value = u64, ordered)]
struct OrderKey {
    price: u64,
    price_range: u8,
}

fn main() {}
