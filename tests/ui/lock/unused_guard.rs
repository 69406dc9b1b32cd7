#![deny(unused_must_use)]

#[path = "../store/shared/mod.rs"]
mod shared;

use shared::SessionKey;
use typed_state::backends::Memory;
use typed_state::{Result, Store};

async fn f(store: &Store<Memory>, key: SessionKey) -> Result<()> {
    store.lock(&key).acquire().await?;
    store.put(&key, &"unguarded".to_owned()).await?;
    Ok(())
}

fn main() {}
