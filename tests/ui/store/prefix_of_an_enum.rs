mod shared;

use shared::KindKey;
use typed_state::backends::Memory;
use typed_state::{Result, StateKey, Store};

async fn f(store: &Store<Memory>) -> Result<u64> {
    store.range_across(KindKey::prefix()).count().await
}

fn main() {}
