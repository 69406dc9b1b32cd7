use super::TASKS;
use super::bench::Bench;
use super::peers::{FRED, MULTIPLEXED, Multiplexed, POOLED};
use crate::Result;
use crate::harness::{Contest, Figure};
use crate::work::{cas, many, point};

/// One entry at a time.
pub(super) fn points(bench: &Bench) -> Result<Vec<Figure>> {
    let Bench { ground, ours, .. } = bench;
    let mut figures = Vec::new();
    for tasks in [1, TASKS] {
        let name = |operation, peer| format!("redis/{operation}-{tasks}{peer}");
        let redis = Contest::new(name("get", ""), MULTIPLEXED, 0.9);
        figures.push(point::get(ground, redis, tasks, ours, &bench.multiplexed)?);
        let fred = Contest::new(name("get", "-fred"), FRED, None);
        figures.push(point::get(ground, fred, tasks, ours, &bench.fred)?);
        let redis = Contest::new(name("put", ""), MULTIPLEXED, 0.9);
        figures.push(point::put(ground, redis, tasks, ours, &bench.multiplexed)?);
        let fred = Contest::new(name("put", "-fred"), FRED, None);
        figures.push(point::put(ground, fred, tasks, ours, &bench.fred)?);
    }
    let pooled = Contest::new("redis/get-64-pool", POOLED, 5.0);
    figures.push(point::get(ground, pooled, TASKS, ours, &bench.pooled)?);
    Ok(figures)
}

/// A hundred entries in a request.
pub(super) fn hundreds(bench: &Bench) -> Result<Vec<Figure>> {
    let Bench { ground, ours, .. } = bench;
    let redis = Contest::new("redis/many-100", "redis-rs, MGET of 100", 0.9);
    let fred = Contest::new("redis/many-100-fred", FRED, None);
    Ok(vec![
        many::get(ground, redis, ours, &bench.multiplexed)?,
        many::get(ground, fred, ours, &bench.fred)?,
    ])
}

/// Entries replaced by their revisions.
pub(super) fn replaced(bench: &Bench) -> Result<Figure> {
    let Bench { ground, ours, .. } = bench;
    let theirs = bench.empty_database()?;
    let theirs = ground.workers.block_on(Multiplexed::connect(&theirs))?;
    let contest = Contest::new("redis/cas-64", "redis-rs, EVALSHA of a script by hand", 0.9);
    cas::replace(ground, contest, TASKS, ours, &theirs)
}
