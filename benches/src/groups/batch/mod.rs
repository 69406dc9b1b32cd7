//! The layer that sends operations together, through the typed store, against the clients that people use bare.

mod cluster;
mod distance;
mod expiring;
mod many_tasks;
mod postgres;
mod redis;

use self::many_tasks::Sides;
use super::Group;
use crate::Result;
use crate::harness::{Budget, Figure};

pub(super) const GROUP: Group = Group {
    name: "batch",
    about: "Redis and PostgreSQL under the batching layer, against redis-rs, fred, deadpool-redis and sqlx",
    run,
};

fn run(budget: &Budget) -> Result<Vec<Figure>> {
    let budget = budget.in_longer_rounds(8);
    let mut figures = redis::figures(budget)?;
    figures.extend(cluster::figures(budget)?);
    figures.extend(postgres::figures(budget)?);
    Ok(figures)
}
