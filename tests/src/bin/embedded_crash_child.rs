//! Writes to an embedded store until it is killed, and prints every acknowledged round:
//! `embedded_crash_child DIRECTORY INTERVAL`, where an interval in milliseconds makes it relaxed and `synced` durable.

use std::time::Duration;

use typed_state::backends::{Durability, Embedded};
use typed_state::testing::TestResult;
use typed_state_tests::crash::{COUNTED_TASKS, PAIR_TASKS, inspect, work};

#[tokio::main]
async fn main() -> TestResult {
    let mut arguments = std::env::args().skip(1);
    let directory = arguments.next().ok_or("a directory is missing")?;
    let durability = match arguments.next().ok_or("a durability is missing")?.as_str() {
        "synced" => Durability::Synced,
        millis => Durability::Relaxed {
            interval: Duration::from_millis(millis.parse()?),
        },
    };
    let store = Embedded::builder(directory)
        .durability(durability)
        .sweep_every(Some(Duration::from_millis(3)))
        // So small that entries are pushed out all the time.
        .cache_size(16 << 10)
        .open()
        .await?;
    let found = inspect(&store).await?;
    println!("ready");
    let mut tasks = tokio::task::JoinSet::new();
    for task in 0..PAIR_TASKS + COUNTED_TASKS {
        let store = store.clone();
        let first = found.of(task);
        tasks.spawn(async move {
            for round in first.. {
                let counter = work(&store, task, round).await?;
                // One write of a whole line, so that a kill cannot cut it in two.
                println!("{task} {round} {}", counter.unwrap_or_default());
            }
            TestResult::Ok(())
        });
    }
    match tasks.join_next().await {
        Some(ended) => ended?,
        None => Ok(()),
    }
}
