use std::cell::Cell;
use std::time::Duration;

use super::TASKS;
use super::bench::Bench;
use crate::Result;
use crate::harness::{Contest, Figure};
use crate::load::Load;
use crate::work::Peer;
use crate::work::point::Get;

/// How many gets find out what a side can do.
const TRIAL: u64 = 5_000;

/// Both sides of a round get the same load: half of what the slower one could do a moment before, for the machine may
/// have other work the next moment.
struct Loads<'b> {
    bench: &'b Bench,
    sides: Cell<u64>,
    rate: Cell<f64>,
}

impl Loads<'_> {
    /// The time of the slow answers of a side.
    fn p99(&self, peer: &impl Peer) -> Result<Duration> {
        let Bench {
            ground,
            multiplexed,
            ours,
            ..
        } = self.bench;
        let sides = self.sides.replace(self.sides.get() + 1);
        if sides.is_multiple_of(2) {
            let most = self.saturated(ours)?.min(self.saturated(multiplexed)?);
            self.rate.set(most / 2.0);
        }
        let load = Load {
            rate: self.rate.get(),
            tasks: TASKS,
            lasting: ground.budget.slice * 4,
        };
        load.p99(&ground.workers, |_| Get::new(ground, peer))
    }

    /// Gets a second, when every task asks again as soon as it is answered.
    fn saturated(&self, peer: &impl Peer) -> Result<f64> {
        let workers = &self.bench.ground.workers;
        let took = workers.share(TASKS, TRIAL, |_| Get::new(&self.bench.ground, peer))?;
        #[allow(clippy::cast_precision_loss, reason = "far fewer than 2^52")]
        let gets = TRIAL as f64;
        Ok(gets / took.as_secs_f64())
    }
}

pub(super) fn figure(bench: &Bench) -> Result<Figure> {
    let loads = Loads {
        bench,
        sides: Cell::new(0),
        rate: Cell::new(0.0),
    };
    let against = "redis-rs multiplexed, p99 at half of what it can";
    Contest::new("redis/p99-64", against, 1.0).hold_at(
        1,
        &bench.ground.budget,
        &mut |_| loads.p99(&bench.ours),
        &mut |_| loads.p99(&bench.multiplexed),
    )
}
