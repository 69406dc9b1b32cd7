#[path = "shared/sum.rs"]
mod sum;

use typed_state::backends::Memory;
use typed_state::window::{Batch, Tumbling, Windows};
use typed_state::{Result, Timestamp};

async fn apply(windows: &Windows<Memory, u64, sum::Sum, Tumbling>) -> Result<()> {
    let mut batch = Batch::of("source");
    batch.input(1, 7_u64, Timestamp::from_millis(0), "seven")?;
    let _late = windows.apply(batch).await?;
    Ok(())
}

fn main() {}
