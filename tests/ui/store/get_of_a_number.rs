use typed_state::backends::Memory;
use typed_state::{Result, Store};

async fn f(store: &Store<Memory>) -> Result<()> {
    store.get(&7_u64).await?;
    Ok(())
}

fn main() {}
