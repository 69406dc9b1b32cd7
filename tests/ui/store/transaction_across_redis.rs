mod shared;

use typed_state::Store;
use typed_state::backends::Redis;

fn f(store: &Store<Redis>) {
    let _ = store.transaction_across();
}

fn main() {}
