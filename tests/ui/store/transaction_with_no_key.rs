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

fn transaction(store: &Store<Memory>, order: &Order) -> typed_state::Result<()> {
    let mut transaction = store.transaction();
    transaction.put("orders/acme/7", order)?;
    Ok(())
}

fn main() {
    let _ = Counter::default();
    let _ = std::mem::size_of::<Store<Memory>>();
}
