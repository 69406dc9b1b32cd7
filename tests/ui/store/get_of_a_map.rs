mod shared;

use shared::CartKey;
use typed_state::backends::Memory;
use typed_state::{Result, Store};

async fn f(store: &Store<Memory>, key: CartKey) -> Result<()> {
    store.get(&key).await?;
    Ok(())
}

fn main() {}
