//! The examples of typed-state. Each is a program beside this folder: `cargo run --example NAME`.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use rustix::process::{Pid, Signal, kill_process};
use tokio::process::Child;

/// What a program ends with; an error is told in one line.
pub fn ended(result: anyhow::Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Stops a process, as one that hangs would be, and has it go on after `time`, which is longer than its locks live.
pub async fn pause(name: &str, process: &Child, time: Duration) -> anyhow::Result<()> {
    let pid = process.id().and_then(|id| Pid::from_raw(id.cast_signed()));
    let pid = pid.context("the process has ended")?;
    kill_process(pid, Signal::STOP)?;
    println!("{name} is paused for longer than its locks live");
    tokio::time::sleep(time).await;
    println!("{name} goes on");
    kill_process(pid, Signal::CONT)?;
    Ok(())
}
