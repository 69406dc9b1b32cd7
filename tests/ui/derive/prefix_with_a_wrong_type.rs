use typed_state::StateKey;

#[derive(Clone, StateKey)]
#[state(namespace = "orders", value = u64, ordered)]
struct OrderKey {
    #[state(partition)]
    tenant: String,
    id: u64,
}

fn main() {
    let _ = OrderKey::prefix().tenant(7);
    let _ = OrderKey::prefix().tenant(String::from("acme"));
    let _ = OrderKey::prefix().tenant("acme").id_range("a".."b");
}
