mod shared;

use shared::Order;
use typed_state::backends::Memory;
use typed_state::{Result, Store};

async fn f(store: &Store<Memory>) -> Result<u64> {
    store.scan::<Order>().count().await
}

fn main() {}
