use typed_state::{Desc, StateKey};

#[derive(Clone, StateKey)]
#[state(namespace = "orders", value = u64, ordered)]
struct OrderKey {
    day: Desc<String>,
    id: u64,
}

fn main() {
    let _ = OrderKey::prefix().day_starts_with("2026");
    let _ = OrderKey::prefix().day(Desc("2026")).id_starts_with("1");
}
