use typed_state::StateKey;

#[derive(Clone, StateKey)]
#[state(namespace = "orders", value = u64)]
struct OrderKey {
    #[state(partition)]
    tenant: String,
}

fn main() {
    let _ = OrderKey::prefix().tenant("acme");
}
