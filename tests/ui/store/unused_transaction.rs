#![deny(unused_must_use)]

use typed_state::Store;
use typed_state::backends::Memory;

fn main() {
    let store = Store::new(Memory::new());
    store.transaction();
}
