mod shared;

use shared::{OrderKey, Sharded};
use typed_state::{Result, Store};

async fn f(store: &Store<Sharded>, one: OrderKey, two: OrderKey) -> Result<()> {
    let mut transaction = store.transaction_across();
    transaction.delete(&one)?.delete(&two)?;
    transaction.commit().await?;
    Ok(())
}

fn main() {}
