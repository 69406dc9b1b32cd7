use typed_state::StateKey;

#[derive(StateKey)]
#[state(namespace = "orders", value = u64)]
struct OrderKey {
    tenant: String,
}

fn main() {}
