use serde::{Deserialize, Serialize};
use typed_state::backends::Memory;
use typed_state::{Counter, StateKey, StateValue, Store};

#[derive(StateKey)]
#[state(namespace = "orders", value = Order, ordered)]
struct OrderKey {
    #[state(partition)]
    tenant: String,
    id: u64,
}

#[derive(Serialize, Deserialize, StateValue)]
#[state(name = "order")]
struct Order {
    total: u64,
}

fn transaction<B: typed_state::backend::Backend>(store: &Store<B>) {
    let _ = store.transaction_across();
}

fn main() {
    let _ = Counter::default();
    let _ = std::mem::size_of::<Store<Memory>>();
}
