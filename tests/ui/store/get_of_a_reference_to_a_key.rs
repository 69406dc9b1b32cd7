mod shared;

use shared::OrderKey;
use typed_state::backends::Memory;
use typed_state::{Result, Store};

async fn f(store: &Store<Memory>, key: &OrderKey) -> Result<()> {
    store.get(&key).await?;
    Ok(())
}

fn main() {}
