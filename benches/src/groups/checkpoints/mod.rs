//! Checkpoints against what each engine has for its own bulk: everything written to a file and synced, and loaded from it.
//!
//! Keys and values are those of the other groups. The values are MessagePack whose names and numbers compress to about three
//! fifths, as JSON of such fields does.

mod contest;
mod embedded;
mod engine;
mod file;
mod memory;
mod peak;
mod postgres;
mod redis;

pub use self::peak::{CHILD, child};

use std::path::Path;

use tempfile::TempDir;

use self::embedded::OnDisk;
use self::engine::Engine;
use self::memory::InMemory;
use self::postgres::OnPostgres;
use self::redis::OnRedis;
use super::Group;
use crate::Result;
use crate::harness::{Budget, Figure, lowest};
use crate::work::Ground;
use crate::workers::Workers;

pub(super) const GROUP: Group = Group {
    name: "checkpoints",
    about: "checkpoints and restores of every backend, against its engine's own dump to a file and load from it",
    run,
};

/// What both the group and its backends should reach.
const GOAL: f64 = 0.7;

fn run(budget: &Budget) -> Result<Vec<Figure>> {
    let ground = Ground::new(contest::rounds(budget), Workers::start()?);
    let mut figures = Vec::new();
    figures.extend(on::<InMemory>(&ground)?);
    figures.extend(on::<OnDisk>(&ground)?);
    figures.extend(on::<OnRedis>(&ground)?);
    figures.extend(on::<OnPostgres>(&ground)?);
    for direction in ["checkpoints/out", "checkpoints/in"] {
        let prefix = format!("{direction}-");
        let of_direction = figures.iter().filter(|figure| {
            figure.contest.goal.is_some() && figure.contest.name.starts_with(&prefix)
        });
        let of_direction: Vec<_> = of_direction.cloned().collect();
        figures.extend(lowest(direction, &of_direction));
    }
    figures.extend(peak::figures(budget)?);
    Ok(figures)
}

fn on<E: Engine>(ground: &Ground) -> Result<Vec<Figure>> {
    let directory = directory()?;
    let mut engine = ground
        .workers
        .block_on(E::start(&ground.entries, directory.path()))?;
    let figures = contest::figures(ground, &mut engine, directory.path());
    ground.workers.block_on(engine.end())?;
    figures
}

/// A directory beside the program and not in `/tmp`, which may be memory, where a synchronisation costs nothing.
fn directory() -> Result<TempDir> {
    let program = std::env::current_exe()?;
    let beside = program.parent().unwrap_or_else(|| Path::new("."));
    Ok(tempfile::tempdir_in(beside)?)
}
