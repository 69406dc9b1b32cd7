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

async fn get(store: &Store<Memory>) -> typed_state::Result<()> {
    store.get("orders/acme/7").await?;
    store.get(&7_u64).await?;
    Ok(())
}

fn main() {
    let _ = Counter::default();
    let _ = std::mem::size_of::<Store<Memory>>();
}
