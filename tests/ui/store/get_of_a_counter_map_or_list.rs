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

#[derive(StateKey)]
#[state(namespace = "tags", value = typed_state::primitive::Map<String, u64>)]
struct TagsKey(u64);

async fn get(store: &Store<Memory>, key: &TagsKey) -> typed_state::Result<()> {
    store.get(key).await?;
    Ok(())
}

fn main() {
    let _ = Counter::default();
    let _ = std::mem::size_of::<Store<Memory>>();
}
