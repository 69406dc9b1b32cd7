use typed_state::StateKey;

#[derive(Clone, StateKey)]
#[state(namespace = "orders", value = u64, ordered)]
struct OrderKey {
    id: u64,
    #[state(partition)]
    tenant: String,
}

fn main() {
    let _ = OrderKey::prefix().id(1).tenant("acme");
}
