mod shared;

use shared::Order;
use typed_state::backends::Memory;
use typed_state::{Result, Store};

async fn f(store: &Store<Memory>, order: Order) -> Result<()> {
    store.put(&String::from("order-1"), &order).await?;
    Ok(())
}

fn main() {}
