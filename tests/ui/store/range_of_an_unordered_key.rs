mod shared;

use shared::SessionKey;
use typed_state::backends::Memory;
use typed_state::key::KeyRange;
use typed_state::{Result, Store};

async fn f(store: &Store<Memory>, from: SessionKey) -> Result<u64> {
    store.range_across(KeyRange::new(from..)).count().await
}

fn main() {}
