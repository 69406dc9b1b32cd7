mod shared;

use shared::SessionKey;
use typed_state::backends::Memory;
use typed_state::{Result, StateKey, Store};

async fn f(store: &Store<Memory>) -> Result<u64> {
    store.range(SessionKey::prefix().user(7)).count().await
}

fn main() {}
