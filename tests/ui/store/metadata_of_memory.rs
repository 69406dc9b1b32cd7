mod shared;

use shared::SessionKey;
use typed_state::backends::Memory;
use typed_state::{Result, Store};

async fn f(store: &Store<Memory>) -> Result<()> {
    let key = SessionKey { user: 7 };
    store.put_with_metadata(&key, &"on".to_owned(), &[("place", "Rome")]).await?;
    Ok(())
}

fn main() {}
