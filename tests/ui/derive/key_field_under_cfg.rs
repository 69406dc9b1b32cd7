use typed_state::StateKey;

#[derive(Clone, StateKey)]
#[state(namespace = "orders", value = u64)]
struct OrderKey {
    tenant: String,
    #[cfg(not(windows))]
    id: u64,
}

fn main() {}
