#![deny(unused_must_use)]

#[path = "../store/shared/mod.rs"]
mod shared;

use shared::SessionKey;
use typed_state::backends::Memory;
use typed_state::lock::LockGuard;

async fn f(guard: LockGuard<Memory, SessionKey>) {
    guard.release();
}

fn main() {}
