#[path = "shared/sum.rs"]
mod sum;

use std::time::Duration;

use typed_state::backends::Memory;
use typed_state::window::Session;
use typed_state::{Result, Store};

fn open(store: &Store<Memory>) -> Result<()> {
    let windows = Session::with_gap(Duration::from_secs(1))?;
    let _builder = store.windows::<String, sum::Sum, _>("sums", windows);
    Ok(())
}

fn main() {}
