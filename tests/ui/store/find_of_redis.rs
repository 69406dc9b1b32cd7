mod shared;

use shared::SessionKey;
use typed_state::backends::Redis;
use typed_state::store::Filter;
use typed_state::{Result, Store};

async fn f(store: &Store<Redis>) -> Result<()> {
    let filter = Filter::field("place").is("Rome");
    store.find::<SessionKey, ()>(filter).keys().collect().await?;
    Ok(())
}

fn main() {}
