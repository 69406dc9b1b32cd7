mod shared;

use shared::{OrderKey, Sharded};
use typed_state::{Result, Store};

async fn f(store: &Store<Sharded>) -> Result<u64> {
    let acme = OrderKey::prefix().tenant("acme");
    store.range_across(acme).count().await
}

fn main() {}
