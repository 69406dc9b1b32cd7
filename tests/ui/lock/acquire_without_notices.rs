#[path = "../store/shared/mod.rs"]
mod shared;

use shared::{SessionKey, Sharded};
use typed_state::{Result, Store};

async fn f(store: &Store<Sharded>, key: SessionKey) -> Result<()> {
    store.lock(&key).acquire().await?.release().await
}

fn main() {}
