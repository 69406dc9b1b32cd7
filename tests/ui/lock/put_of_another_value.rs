#[path = "../store/shared/mod.rs"]
mod shared;

use shared::OrderKey;
use typed_state::Result;
use typed_state::backends::Memory;
use typed_state::lock::LockGuard;

async fn f(guard: LockGuard<Memory, OrderKey>) -> Result<()> {
    guard.put(&12_u64).await
}

fn main() {}
