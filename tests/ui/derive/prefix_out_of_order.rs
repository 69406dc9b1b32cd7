use typed_state::StateKey;

#[derive(Clone, StateKey)]
#[state(namespace = "orders", value = u64, ordered)]
struct OrderKey {
    #[state(partition)]
    tenant: String,
    region: u8,
    id: u64,
}

// Another key with fields of the same names.
#[derive(Clone, StateKey)]
#[state(namespace = "customers", value = u64, ordered)]
struct CustomerKey {
    #[state(partition)]
    tenant: String,
    region: u8,
}

fn main() {
    let _ = OrderKey::prefix().region(1);
    let _ = OrderKey::prefix().tenant("acme").id(7);
    let _ = OrderKey::prefix().id_range(1..);
    let _ = OrderKey::prefix().tenant("acme").region(1).tenant("b");
    let _ = CustomerKey::prefix().region_range(1..);
}
