//! Who starts the workers, and kills and pauses some of them.

use std::process::Stdio;

use anyhow::{Context as _, Result, ensure};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Command;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use typed_state_examples::pause;

use super::flights::Flights;
use super::worker::{DAY_DONE, TTL};

/// Where a worker finds the URL of the store, which may hold a password.
pub(crate) const STORE: &str = "WORKERS_STORE";
/// What happens to workers, in turns.
const FAULTS: [Fault; 6] = [
    Fault::Killed,
    Fault::Paused,
    Fault::Killed,
    Fault::Paused,
    Fault::Killed,
    Fault::Paused,
];

#[derive(Debug, Clone, Copy)]
enum Fault {
    Killed,
    Paused,
}

/// A worker has done a day: `faults` tells what is to happen to it now.
#[derive(Debug)]
struct DayDone {
    fault: tokio::sync::oneshot::Sender<Option<Fault>>,
}

/// Lets so many workers work until all is done, while faults come at regular steps of the work, each to one that holds a lock.
pub(crate) async fn run(url: &str, workers: usize, flights: &Flights) -> Result<()> {
    let (airlines, days) = (flights.0.len(), flights.days());
    println!("{workers} workers share {days} days of {airlines} airlines");
    let (tell, mut told) = mpsc::channel(workers);
    let mut running = JoinSet::new();
    for number in 1..=workers {
        running.spawn(place(number, url.to_owned(), tell.clone()));
    }
    drop(tell);
    let mut faults = FAULTS.into_iter();
    let every = days / (FAULTS.len() + 1);
    let mut done = 0_usize;
    while let Some(DayDone { fault }) = told.recv().await {
        done += 1;
        let now = if done.is_multiple_of(every) {
            faults.next()
        } else {
            None
        };
        // Its place waits for the answer.
        let _ = fault.send(now);
    }
    while let Some(ended) = running.join_next().await {
        ended??;
    }
    Ok(())
}

/// One worker, and another in its place where it is killed.
async fn place(number: usize, url: String, tell: mpsc::Sender<DayDone>) -> Result<()> {
    while !worker(number, &url, &tell).await? {
        println!("worker {number}: another takes its place");
    }
    Ok(())
}

/// One worker; whether it has ended by itself.
async fn worker(number: usize, url: &str, tell: &mpsc::Sender<DayDone>) -> Result<bool> {
    let program = std::env::current_exe().context("this program is gone")?;
    let mut process = Command::new(program)
        .args(["--worker", &number.to_string()])
        .env(STORE, url)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let output = process.stdout.take().context("it has no output")?;
    let mut lines = BufReader::new(output).lines();
    while let Some(line) = lines.next_line().await? {
        if line != DAY_DONE {
            println!("worker {number}: {line}");
            continue;
        }
        let (fault, now) = tokio::sync::oneshot::channel();
        tell.send(DayDone { fault }).await?;
        match now.await? {
            Some(Fault::Killed) => {
                process.kill().await?;
                println!("worker {number}: is killed, with its lock");
                return Ok(false);
            }
            Some(Fault::Paused) => {
                pause(&format!("worker {number}:"), &process, TTL * 2).await?;
            }
            None => {}
        }
    }
    let status = process.wait().await?;
    ensure!(status.success(), "worker {number} ended with {status}");
    Ok(true)
}
