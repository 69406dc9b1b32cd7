mod shared;

use shared::OrderKey;
use typed_state::backends::Memory;
use typed_state::{Result, Store};

async fn f(store: &Store<Memory>, key: OrderKey) -> Result<()> {
    store.put(&key, &12_u64).await?;
    Ok(())
}

fn main() {}
