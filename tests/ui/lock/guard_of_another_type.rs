#[path = "../store/shared/mod.rs"]
mod shared;

use shared::{OrderKey, SessionKey};
use typed_state::backends::Memory;
use typed_state::lock::LockGuard;

fn settle(_: &LockGuard<Memory, OrderKey>) {}

fn f(guard: LockGuard<Memory, SessionKey>) {
    settle(&guard);
}

fn main() {}
