#[path = "../store/shared/mod.rs"]
mod shared;

use shared::CartKey;
use typed_state::Result;
use typed_state::backends::Memory;
use typed_state::lock::LockGuard;

async fn f(guard: LockGuard<Memory, CartKey>) -> Result<()> {
    guard.get().await?;
    Ok(())
}

fn main() {}
