use std::time::Duration;

use typed_state::backends::Memory;
use typed_state::primitive::Aggregate;
use typed_state::window::Tumbling;
use typed_state::{Result, Store};

struct Sum;

struct Shown(i64);

impl Aggregate for Sum {
    type Input = i64;
    type Accumulator = i64;
    type Output = Shown;

    fn empty() -> i64 {
        0
    }

    fn add(sum: &mut i64, input: &i64) {
        *sum += input;
    }

    fn output(sum: &i64) -> Shown {
        Shown(*sum)
    }
}

fn open(store: &Store<Memory>) -> Result<()> {
    let windows = Tumbling::of(Duration::from_secs(1))?;
    let _builder = store.windows::<String, Sum, _>("sums", windows);
    Ok(())
}

fn main() {}
