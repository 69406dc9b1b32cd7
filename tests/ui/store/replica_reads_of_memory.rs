mod shared;

use typed_state::Store;
use typed_state::backends::Memory;

fn main() {
    let store = Store::new(Memory::new());
    drop(store.with_replica_reads());
}
