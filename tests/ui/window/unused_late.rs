#![deny(unused_must_use)]

#[path = "shared/sum.rs"]
mod sum;

use typed_state::Result;
use typed_state::backends::Memory;
use typed_state::window::{Batch, Tumbling, Windows};

async fn apply(windows: &Windows<Memory, u64, sum::Sum, Tumbling>, batch: Batch<u64, i64>) -> Result<()> {
    windows.apply(batch).await?;
    Ok(())
}

fn main() {}
