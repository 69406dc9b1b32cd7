use super::TASKS;
use super::bench::Bench;
use super::peers::Peer;
use super::point::Get;
use crate::harness::{Contest, Figure};
use crate::load::Load;
use crate::{Error, Result};

/// How many gets find out what a side can do.
const TRIAL: u64 = 20_000;

pub(super) fn figure(bench: &Bench) -> Result<Figure> {
    let (ours, theirs) = (&bench.ours, &bench.multiplexed);
    let most = saturated(bench, ours)?.min(saturated(bench, theirs)?);
    let load = Load {
        rate: most / 2.0,
        tasks: TASKS,
        lasting: bench.budget.slice * 4,
    };
    eprintln!("redis/p99-64 at {:.0} gets/s", load.rate);
    // A round is one load, and its time the slow answer's.
    Contest::new(
        "redis/p99-64",
        "redis-rs multiplexed, p99 at half of what it can",
        1.0,
    )
    .hold_at(
        1,
        &bench.budget,
        &mut |_| load.p99(&bench.workers, |_| Get::new(bench, ours)),
        &mut |_| load.p99(&bench.workers, |_| Get::new(bench, theirs)),
    )
}

/// Gets a second, when every task asks again as soon as it is answered: in the middle of three trials.
fn saturated(bench: &Bench, peer: &impl Peer) -> Result<f64> {
    let trial = || {
        let took = bench
            .workers
            .share(TASKS, TRIAL, |_| Get::new(bench, peer))?;
        #[allow(clippy::cast_precision_loss, reason = "far fewer than 2^52")]
        let operations = TRIAL as f64;
        Ok::<_, Error>(operations / took.as_secs_f64())
    };
    let mut rates = [trial()?, trial()?, trial()?];
    rates.sort_by(f64::total_cmp);
    let [_, middle, _] = rates;
    Ok(middle)
}
