//! Acquired and released again, where nobody else wants it.

use super::Bench;
use super::seat::Locks;
use crate::Result;
use crate::harness::{Contest, Figure};
use crate::workers::Step;

/// Tasks at once, where there are several.
const TASKS: usize = 64;

struct Cycle<L> {
    locks: L,
    seat: u64,
}

impl<L: Locks> Step for Cycle<L> {
    async fn step(&mut self) -> Result<()> {
        let held = self.locks.acquire(self.seat).await?;
        self.locks.release(held).await
    }
}

pub(super) fn figures(bench: &Bench) -> Result<Vec<Figure>> {
    let hand = "SET NX PX and a release script, redis-rs";
    let contest = |name, against, goal| Contest::new(format!("locks/{name}"), against, goal);
    Ok(vec![
        hold(
            bench,
            contest("acquire-release", hand, Some(0.8)),
            1,
            &bench.hand,
        )?,
        hold(
            bench,
            contest("acquire-release-64", hand, None),
            TASKS,
            &bench.hand,
        )?,
        hold(
            bench,
            contest("acquire-release-rslock", "rslock", None),
            1,
            &bench.rslock,
        )?,
    ])
}

/// As many tasks, each with a lock of its own.
fn hold(bench: &Bench, contest: Contest, tasks: usize, theirs: &impl Locks) -> Result<Figure> {
    let steps = tasks as u64;
    contest.in_batches_of(steps).hold(
        &bench.budget,
        &mut |turns| {
            bench
                .workers
                .share(tasks, turns * steps, begin(&bench.ours))
        },
        &mut |turns| bench.workers.share(tasks, turns * steps, begin(theirs)),
    )
}

fn begin<L: Locks>(locks: &L) -> impl Fn(usize) -> Cycle<L> {
    |task| Cycle {
        locks: locks.clone(),
        seat: task as u64,
    }
}
