#![deny(unused_must_use)]

#[path = "../store/shared/mod.rs"]
mod shared;

use shared::SessionKey;
use typed_state::Store;
use typed_state::backends::Memory;

fn f(store: &Store<Memory>, key: SessionKey) {
    store.lock(&key);
}

fn main() {}
