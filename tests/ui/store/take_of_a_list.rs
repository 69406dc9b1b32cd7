mod shared;

use shared::HistoryKey;
use typed_state::backends::Memory;
use typed_state::{Result, Store};

async fn f(store: &Store<Memory>, key: HistoryKey) -> Result<()> {
    store.take(&key).await?;
    Ok(())
}

fn main() {}
