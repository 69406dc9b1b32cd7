//! Works on checkpoints of an embedded store until it is killed, or measures its memory:
//!
//! - `checkpoint_child create STORE CHECKPOINTS` changes the store and takes checkpoints, and prints the name of each;
//! - `checkpoint_child restore STORE CHECKPOINTS` restores the oldest and the newest in turn, and prints so;
//! - `checkpoint_child out ENTRIES CHECKPOINTS` takes one of a store of so many entries;
//! - `checkpoint_child in 0 CHECKPOINTS` restores it; both print the most memory that they had, in KiB.

use bytes::Bytes;
use typed_state::Revision;
use typed_state::Store;
use typed_state::backend::{Backend as _, Context, Expiry, Key, Write, WriteBatch};
use typed_state::backends::{Durability, Embedded};
use typed_state::checkpoint::Checkpoints;
use typed_state::checkpoint::target::Objects;
use typed_state::testing::TestResult;
use typed_state_tests::Endless;

#[tokio::main]
async fn main() -> TestResult {
    let mut arguments = std::env::args().skip(1);
    let mut argument = || arguments.next().ok_or("an argument is missing");
    let (work, store, target) = (argument()?, argument()?, argument()?);
    let mut checkpoints = Checkpoints::new(Objects::local(target)?);
    if matches!(work.as_str(), "create" | "restore") {
        checkpoints = checkpoints.chunk_size(2 << 10);
    }
    match work.as_str() {
        "create" => create(&open(&store).await?, &checkpoints).await,
        "restore" => restore(&open(&store).await?, &checkpoints).await,
        "out" => {
            let store = Store::new(Endless::new(store.parse()?));
            checkpoints.create(&store).await?;
            tell_memory()
        }
        "in" => {
            let store = Store::new(Endless::new(0));
            let newest = checkpoints.list().await?.remove(0);
            checkpoints.restore(&store, &newest.id).await?;
            tell_memory()
        }
        _ => Err("create, restore, out or in".into()),
    }
}

async fn open(directory: &str) -> TestResult<Store<Embedded>> {
    let builder = Embedded::builder(directory).durability(Durability::Synced);
    Ok(Store::new(builder.open().await?))
}

async fn create(store: &Store<Embedded>, checkpoints: &Checkpoints<Objects>) -> TestResult {
    for round in 0_u64.. {
        let writes = (0..200_u64).map(|number| {
            let bytes = [&b"item\0"[..], &(number * (1 + round % 3)).to_be_bytes()].concat();
            Ok(Write::Put {
                key: Key::new(&bytes[..], bytes.len())?,
                value: Bytes::copy_from_slice(&round.to_be_bytes()),
                expiry: Expiry::Never,
            })
        });
        let batch = WriteBatch {
            revision: Revision::from_bits(round),
            writes: writes.collect::<typed_state::Result<_>>()?,
        };
        store.backend().write(&Context::new(), batch).await?;
        println!("{}", checkpoints.create(store).await?.id);
        checkpoints.retain(3).await?;
    }
    Ok(())
}

async fn restore(store: &Store<Embedded>, checkpoints: &Checkpoints<Objects>) -> TestResult {
    let mut ids = checkpoints.list().await?;
    loop {
        ids.reverse();
        let first = ids.first().ok_or("there is no checkpoint")?;
        checkpoints.restore(store, &first.id).replace().await?;
        println!("{}", first.id);
    }
}

fn tell_memory() -> TestResult {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().next());
    println!("{}", kib.ok_or("there is no VmHWM")?);
    Ok(())
}
