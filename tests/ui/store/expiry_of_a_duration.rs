mod shared;

use std::time::Duration;

use shared::OrderKey;
use typed_state::backends::Memory;
use typed_state::{Result, Store};

async fn f(store: &Store<Memory>, key: OrderKey) -> Result<bool> {
    store
        .with_expiry(Duration::from_mins(1))
        .delete(&key)
        .await
}

fn main() {}
