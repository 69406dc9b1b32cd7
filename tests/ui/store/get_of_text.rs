use typed_state::backends::Memory;
use typed_state::{Result, Store};

async fn f(store: &Store<Memory>) -> Result<()> {
    store.get("order-1").await?;
    Ok(())
}

fn main() {}
