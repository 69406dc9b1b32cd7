//! The PostgreSQL backend through the typed store against the clients that people use bare, on one real server.

mod bench;
mod entries;
pub(super) mod peers;

use self::bench::Bench;
use super::Group;
use crate::Result;
use crate::harness::{Budget, Figure};

pub(super) const GROUP: Group = Group {
    name: "postgres",
    about: "the PostgreSQL backend, against sqlx and tokio-postgres with MessagePack",
    run,
};

/// Tasks at once, where there are several.
const TASKS: usize = 64;

fn run(budget: &Budget) -> Result<Vec<Figure>> {
    let bench = Bench::start(budget.in_longer_rounds(8))?;
    let mut figures = entries::points(&bench)?;
    figures.extend(entries::hundreds(&bench)?);
    figures.push(entries::replaced(&bench)?);
    Ok(figures)
}
