mod shared;

use shared::Order;
use typed_state::backends::Memory;
use typed_state::{Result, Store};

async fn f(store: &Store<Memory>) -> Result<()> {
    store.snapshot::<Order>().await?.collect().await?;
    Ok(())
}

fn main() {}
