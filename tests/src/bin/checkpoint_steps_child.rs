//! Does one piece of work on the checkpoints of a directory, by the same system calls in the same order each time:
//!
//! - `checkpoint_steps_child create CHECKPOINTS` takes one of what `steps::fill` gives a store in round 1;
//! - `checkpoint_steps_child delete CHECKPOINTS` deletes the oldest, `retain` all but the newest;
//! - `checkpoint_steps_child restore CHECKPOINTS STORE` restores the newest over what an embedded store has of round 0.

use typed_state::Store;
use typed_state::backends::{Embedded, Memory};
use typed_state::checkpoint::Checkpoints;
use typed_state::checkpoint::target::Objects;
use typed_state::testing::TestResult;
use typed_state_tests::steps;

fn main() -> TestResult {
    let mut arguments = std::env::args().skip(1);
    let mut argument = || arguments.next().ok_or("an argument is missing");
    let (work, target, store) = (argument()?, argument()?, argument());
    steps::runtime()?.block_on(async {
        let opened = tokio::task::spawn_blocking(move || steps::checkpoints(target));
        let checkpoints = opened.await??;
        match work.as_str() {
            "create" => {
                let store = Store::new(Memory::new());
                steps::fill(store.backend(), 1).await?;
                checkpoints.create(&store).await?;
            }
            "delete" => {
                let oldest = checkpoints.list().await?.pop();
                let oldest = oldest.ok_or("there is no checkpoint")?;
                checkpoints.delete(&oldest.id).await?;
            }
            "retain" => {
                checkpoints.retain(1).await?;
            }
            "restore" => restore(&checkpoints, &store?).await?,
            _ => return Err("create, delete, retain or restore".into()),
        }
        Ok(())
    })
}

async fn restore(checkpoints: &Checkpoints<Objects>, directory: &str) -> TestResult {
    let embedded = Embedded::builder(directory)
        .sweep_every(None)
        .open()
        .await?;
    // The same again: so the thread that writes is ahead of the one that opened, and what it does below is counted by itself.
    steps::fill(&embedded, 0).await?;
    let newest = checkpoints.list().await?.remove(0);
    let store = Store::new(embedded);
    checkpoints.restore(&store, &newest.id).replace().await?;
    store.backend().close().await?;
    Ok(())
}
