mod shared;

use shared::OrderKey;
use typed_state::backends::Memory;
use typed_state::{Result, Store};

async fn f(store: &Store<Memory>) -> Result<u64> {
    store.range(OrderKey::prefix().tenant("acme")).count().await
}

fn main() {}
