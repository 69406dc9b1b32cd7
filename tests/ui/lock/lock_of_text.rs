use typed_state::backends::Memory;
use typed_state::{Result, Store};

async fn f(store: &Store<Memory>) -> Result<()> {
    store.lock("order-1").acquire().await?.release().await
}

fn main() {}
