#[path = "../store/shared/mod.rs"]
mod shared;

use shared::SessionKey;
use typed_state::backends::Memory;
use typed_state::lock::LockGuard;

fn f(guard: LockGuard<Memory, SessionKey>) -> [LockGuard<Memory, SessionKey>; 2] {
    [guard.clone(), guard]
}

fn main() {}
