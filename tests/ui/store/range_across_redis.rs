mod shared;

use shared::OrderKey;
use typed_state::backends::Redis;
use typed_state::{Result, Store};

async fn f(store: &Store<Redis>) -> Result<u64> {
    let acme = OrderKey::prefix().tenant("acme");
    store.range_across(acme).count().await
}

fn main() {}
