//! Six mistakes, six errors; what uses the type has none.
use typed_state::{KeyField, StateKey, Store, backends::Memory};

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, StateKey)]
#[state(namespace = "Orders", value = "u64", orderd, ordered = 1)]
struct OrderKey {
    tenant: String,
    #[state(partition)]
    id: u64,
    #[state(tag = 1)]
    region: u8,
}

async fn use_it(store: &Store<Memory>, key: &OrderKey) -> typed_state::Result<()> {
    let twin = OrderKeyRef { tenant: "acme", id: 7, region: 1 };
    println!("{key} {} {:?}", OrderKey::NAMESPACE, key.as_key_ref() == twin);
    store.contains(key).await?;
    store.contains(&twin).await?;
    let _ = store.range_across(OrderKey::prefix().tenant("acme").id(7)).count();
    Ok(())
}

fn main() {}
