mod shared;

use shared::LatestKey;
use typed_state::backends::Memory;
use typed_state::{Result, Store};

async fn f(store: &Store<Memory>, key: LatestKey) -> Result<u64> {
    store.aggregate(&key).merge(&7).await
}

fn main() {}
