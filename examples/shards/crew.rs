//! Who starts the workers, and kills and pauses some of them.

use std::process::Stdio;

use anyhow::{Context as _, Result, ensure};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Command;
use tokio::task::JoinSet;
use typed_state_examples::pause;

use super::stream::Stream;
use super::worker::{BATCH_DONE, TTL};

/// Where a worker finds the URL of the store, which may hold a password.
pub(crate) const STORE: &str = "SHARDS_STORE";

/// The workers, and what happens to each.
const CREW: [(&str, Option<Fault>); 3] = [
    ("worker 1", Some(Fault::Killed)),
    ("worker 2", Some(Fault::Paused)),
    ("worker 3", None),
];

/// After how many of its batches it is killed or paused.
const KILLED_AFTER: usize = 40;
const PAUSED_AFTER: usize = 80;

#[derive(Debug, Clone, Copy)]
enum Fault {
    Killed,
    Paused,
}

/// Lets the workers work until the whole stream is applied.
pub(crate) async fn run(url: &str, windows: &str, stream: &Stream) -> Result<()> {
    println!("{} workers share {} departures", CREW.len(), stream.len());
    let mut running = JoinSet::new();
    for (name, fault) in CREW {
        running.spawn(worker(name, fault, url.to_owned(), windows.to_owned()));
    }
    while let Some(ended) = running.join_next().await {
        ended??;
    }
    Ok(())
}

async fn worker(name: &str, fault: Option<Fault>, url: String, windows: String) -> Result<()> {
    let program = std::env::current_exe().context("this program is gone")?;
    let mut process = Command::new(program)
        .args(["--worker", name, "--windows", &windows])
        .env(STORE, url)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let output = process.stdout.take().context("it has no output")?;
    let mut lines = BufReader::new(output).lines();
    let mut batches = 0;
    while let Some(line) = lines.next_line().await? {
        if line != BATCH_DONE {
            println!("{name} {line}");
            continue;
        }
        batches += 1;
        match fault {
            Some(Fault::Killed) if batches == KILLED_AFTER => {
                process.kill().await?;
                println!("{name} is killed, with its shards");
                return Ok(());
            }
            Some(Fault::Paused) if batches == PAUSED_AFTER => {
                pause(name, &process, TTL * 2).await?;
            }
            _ => {}
        }
    }
    let status = process.wait().await?;
    ensure!(status.success(), "{name} ended with {status}");
    println!("{name} ends");
    Ok(())
}
