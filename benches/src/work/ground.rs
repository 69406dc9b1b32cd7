use std::sync::Arc;
use std::time::Duration;

use super::{Draw, Entries};
use crate::Result;
use crate::data::KEYS;
use crate::harness::{Budget, Contest, Figure};
use crate::workers::{Step, Workers};

/// What every contest of a group is held on.
pub(crate) struct Ground {
    pub(crate) budget: Budget,
    pub(crate) entries: Arc<Entries>,
    pub(crate) workers: Workers,
}

impl Ground {
    pub(crate) fn new(budget: Budget, workers: Workers) -> Self {
        Self {
            budget,
            entries: Arc::new(Entries::draw()),
            workers,
        }
    }

    /// Measures steps of so many tasks at once, which `ours` and `theirs` make of a task's number.
    pub(crate) fn hold<S: Step, T: Step>(
        &self,
        contest: Contest,
        tasks: usize,
        ours: impl Fn(usize) -> S,
        theirs: impl Fn(usize) -> T,
    ) -> Result<Figure> {
        let steps = tasks as u64;
        let contest = Contest {
            batch: contest.batch * steps,
            ..contest
        };
        contest.hold(
            &self.budget,
            &mut |turns| self.workers.share(tasks, turns * steps, &ours),
            &mut |turns| self.workers.share(tasks, turns * steps, &theirs),
        )
    }

    /// Takes steps of so many tasks at once, until each of all entries is written by one, where a step writes so many.
    pub(crate) fn for_all<S: Step>(
        &self,
        tasks: usize,
        step: usize,
        begin: impl Fn(Draw) -> S,
    ) -> Result<Duration> {
        let steps = KEYS.div_ceil(tasks * step) * tasks;
        self.workers.share(tasks, steps as u64, |task| {
            begin(Draw::in_turn(task, tasks))
        })
    }
}
