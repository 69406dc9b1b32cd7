use super::TASKS;
use super::bench::Bench;
use super::peers::{PIPELINED, POOLED};
use crate::Result;
use crate::harness::{Contest, Figure};
use crate::work::{cas, many, point};

/// One entry at a time.
pub(super) fn points(bench: &Bench) -> Result<Vec<Figure>> {
    let Bench {
        ground,
        ours,
        pooled,
        pipelined,
        ..
    } = bench;
    let one = |name, goal| Contest::new(name, POOLED, goal);
    let pipeline = |name| Contest::new(name, PIPELINED, None);
    Ok(vec![
        point::get(ground, one("postgres/get-1", Some(1.2)), 1, ours, pooled)?,
        point::put(ground, one("postgres/put-1", Some(1.1)), 1, ours, pooled)?,
        point::get(
            ground,
            one("postgres/get-64", Some(1.5)),
            TASKS,
            ours,
            pooled,
        )?,
        point::get(
            ground,
            pipeline("postgres/get-64-pipelined"),
            TASKS,
            ours,
            pipelined,
        )?,
        point::put(ground, one("postgres/put-64", None), TASKS, ours, pooled)?,
        point::put(
            ground,
            pipeline("postgres/put-64-pipelined"),
            TASKS,
            ours,
            pipelined,
        )?,
    ])
}

/// A hundred entries in a request.
pub(super) fn hundreds(bench: &Bench) -> Result<Vec<Figure>> {
    let Bench {
        ground,
        ours,
        pooled,
        ..
    } = bench;
    let get = Contest::new("postgres/many-100", "sqlx, = ANY of 100", 0.9);
    let put = Contest::new("postgres/put-many-100", "sqlx, UNNEST upsert of 100", 0.9);
    Ok(vec![
        many::get(ground, get, ours, pooled)?,
        many::put(ground, put, ours, pooled)?,
    ])
}

/// Entries replaced by their revisions.
pub(super) fn replaced(bench: &Bench) -> Result<Figure> {
    let Bench {
        ground,
        ours,
        pooled,
        ..
    } = bench;
    let contest = Contest::new("postgres/cas-64", "sqlx, UPDATE … WHERE revision = $2", 1.0);
    cas::replace(ground, contest, TASKS, ours, pooled)
}
