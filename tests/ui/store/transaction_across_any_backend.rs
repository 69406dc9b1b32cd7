use typed_state::backend::Backend;
use typed_state::{Result, Store};

async fn f<B: Backend>(store: &Store<B>) -> Result<()> {
    store.transaction_across().commit().await?;
    Ok(())
}

fn main() {}
