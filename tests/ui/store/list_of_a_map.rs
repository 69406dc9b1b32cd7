mod shared;

use shared::CartKey;
use typed_state::backends::Memory;
use typed_state::{Result, Store};

async fn f(store: &Store<Memory>, key: CartKey) -> Result<()> {
    store.list(&key).append(&3).await?;
    Ok(())
}

fn main() {}
