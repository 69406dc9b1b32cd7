mod shared;

use shared::OrderKey;
use typed_state::backends::Memory;
use typed_state::{Result, Store};

async fn f(store: &Store<Memory>, key: OrderKey) -> Result<i64> {
    store.counter(&key)?.add(1).await
}

fn main() {}
