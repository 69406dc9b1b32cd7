//! The Redis backend through the typed store against the clients that people use bare, on one real server.

mod bench;
mod entries;
pub(super) mod peers;
mod scan;
mod tail;

use self::bench::Bench;
use super::Group;
use crate::Result;
use crate::harness::{Budget, Figure};

pub(super) const GROUP: Group = Group {
    name: "redis",
    about: "the Redis backend, against redis-rs, deadpool-redis and fred with MessagePack",
    run,
};

/// Tasks at once, where there are several.
const TASKS: usize = 64;

fn run(budget: &Budget) -> Result<Vec<Figure>> {
    let bench = Bench::start(budget.in_longer_rounds(8))?;
    let mut figures = entries::points(&bench)?;
    figures.extend(entries::hundreds(&bench)?);
    figures.push(entries::replaced(&bench)?);
    figures.push(tail::figure(&bench)?);
    figures.push(scan::figure(&bench)?);
    Ok(figures)
}
