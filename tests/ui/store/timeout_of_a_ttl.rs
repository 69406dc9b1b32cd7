mod shared;

use shared::OrderKey;
use typed_state::backends::Memory;
use typed_state::{Result, Store, Ttl};

async fn f(store: &Store<Memory>, key: OrderKey) -> Result<bool> {
    store.with_timeout(Ttl::MAX).delete(&key).await
}

fn main() {}
