//! The most memory that a process takes for a checkpoint and for a restore, over what it had before.

use std::path::Path;
use std::process::Command;

use typed_state::Store;
use typed_state::checkpoint::Checkpoints;
use typed_state::checkpoint::target::Objects;
use typed_state_tests::Endless;

use crate::harness::{Budget, Contest, Figure, lowest};
use crate::workers::Workers;
use crate::{Error, Result};

/// The argument with which this program is such a process; the work, the entries and a directory follow.
pub const CHILD: &str = "checkpoints-child";

const FEW: u64 = 10_000;
/// Small enough that the few entries are more chunks than are in memory at once.
const CHUNK: usize = 16 << 10;

pub(super) fn figures(budget: &Budget) -> Result<Vec<Figure>> {
    let many = if *budget == Budget::QUICK {
        1_000_000
    } else {
        10_000_000
    };
    let directory = super::directory()?;
    let mut figures = Vec::new();
    for work in ["out", "in"] {
        let peak = |entries: u64| most(work, entries, &directory.path().join(entries.to_string()));
        let (few, many) = (peak(FEW)?, peak(many)?);
        let contest = Contest::new(
            format!("checkpoints/memory-{work}"),
            "10 k entries, in chunks of 16 KiB",
            0.9,
        );
        let ratio = few / many;
        eprintln!("memory-{work}: {few:.0} KiB over base, and {many:.0} KiB");
        figures.push(Figure {
            contest,
            nanos: None,
            ratio,
            quartiles: (ratio, ratio),
        });
    }
    figures.extend(lowest("checkpoints/memory", &figures));
    Ok(figures)
}

/// In KiB.
fn most(work: &str, entries: u64, directory: &Path) -> Result<f64> {
    let output = Command::new(std::env::current_exe()?)
        .args([CHILD, work, &entries.to_string()])
        .arg(directory)
        // What threads keep for themselves differs from run to run.
        .env("MALLOC_ARENA_MAX", "1")
        .output()?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(Error::from(said));
    }
    Ok(String::from_utf8(output.stdout)?.trim().parse()?)
}

/// Takes a checkpoint, or restores it, and prints the most memory that it took, in KiB.
///
/// # Errors
/// Whatever stopped it.
pub fn child(mut arguments: impl Iterator<Item = String>) -> Result<()> {
    let mut argument = || arguments.next().ok_or("an argument is missing");
    let (work, entries, directory) = (argument()?, argument()?.parse()?, argument()?);
    let checkpoints = Checkpoints::new(Objects::local(directory)?).chunk_size(CHUNK);
    let workers = Workers::start()?;
    let before = memory("VmRSS:")?;
    workers.block_on(async {
        if work == "out" {
            checkpoints
                .create(&Store::new(Endless::new(entries)))
                .await?;
        } else {
            let newest = checkpoints.list().await?.pop().ok_or("no checkpoint")?;
            let store = Store::new(Endless::new(0));
            checkpoints.restore(&store, &newest.id).await?;
        }
        Ok::<_, Error>(())
    })?;
    println!("{}", memory("VmHWM:")?.saturating_sub(before));
    Ok(())
}

/// What the system tells of this process, in KiB.
fn memory(name: &str) -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let kib = line.and_then(|line| line.split_whitespace().next());
    Ok(kib.ok_or("the system tells nothing of it")?.parse()?)
}
