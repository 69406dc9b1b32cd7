//! Two sides do the same work in turns, and what counts is the middle one of the rounds' ratios.

use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

use crate::Result;

/// How long to measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Rounds; each side works once in each.
    pub rounds: usize,
    /// How long one side works in one round, about, unless a single operation takes longer.
    pub slice: Duration,
    /// When to begin no more rounds, once there are [`MIN_ROUNDS`].
    pub at_most: Duration,
}

/// Fewer rounds make no figure.
const MIN_ROUNDS: usize = 7;

// Slices are short and rounds many: on a shared machine another process then disturbs some rounds wholly, and not all of
// them a little.
impl Budget {
    /// For a figure to publish.
    pub const FULL: Self = Self {
        rounds: 401,
        slice: Duration::from_millis(8),
        at_most: Duration::from_mins(1),
    };
    /// For a look: a group takes less than a minute.
    pub const QUICK: Self = Self {
        rounds: 101,
        slice: Duration::from_millis(4),
        at_most: Duration::from_secs(8),
    };

    /// Rounds that are so many times as long, and as many times fewer: for work on many tasks or over a socket, which
    /// takes a while to get going and to end.
    #[must_use]
    pub fn in_longer_rounds(self, times: u32) -> Self {
        Self {
            rounds: (self.rounds / times as usize).max(MIN_ROUNDS),
            slice: self.slice * times,
            at_most: self.at_most,
        }
    }
}

/// What one side does: so many operations, and how long they took.
pub type Side<'a> = &'a mut dyn FnMut(u64) -> Result<Duration>;

/// What is compared.
#[derive(Debug, Clone)]
pub struct Contest {
    /// `group/name`.
    pub name: String,
    /// The peer, in a few words.
    pub against: &'static str,
    /// What the ratio should reach; `None` where it is shown and nothing is promised.
    pub goal: Option<f64>,
    /// How many of what the table counts are in one operation of a side.
    pub batch: u64,
}

/// One comparison, done.
#[derive(Debug, Clone)]
pub struct Figure {
    /// What was compared.
    pub contest: Contest,
    /// Nanoseconds, ours and theirs, each in the middle of its rounds.
    pub nanos: Option<(f64, f64)>,
    /// Theirs divided by ours, in the middle of the rounds: above 1, ours is faster.
    pub ratio: f64,
    /// The ratio at a quarter and at three quarters of the rounds.
    pub quartiles: (f64, f64),
}

impl Contest {
    /// A comparison whose operations are counted one by one.
    pub fn new(
        name: impl Into<String>,
        against: &'static str,
        goal: impl Into<Option<f64>>,
    ) -> Self {
        Self {
            name: name.into(),
            against,
            goal: goal.into(),
            batch: 1,
        }
    }

    /// One operation of a side is so many of what the table counts.
    #[must_use]
    pub fn in_batches_of(mut self, batch: u64) -> Self {
        self.batch = batch;
        self
    }

    /// Measures `ours` against `theirs`, with as many operations as fill a slice.
    ///
    /// # Errors
    /// What either side returns.
    pub fn hold(self, budget: &Budget, ours: Side<'_>, theirs: Side<'_>) -> Result<Figure> {
        let operations = calibrate(budget, ours)?.min(calibrate(budget, theirs)?);
        self.hold_at(operations, budget, ours, theirs)
    }

    /// Measures `ours` against `theirs`, with so many operations a round.
    ///
    /// # Errors
    /// What either side returns.
    pub fn hold_at(
        self,
        operations: u64,
        budget: &Budget,
        ours: Side<'_>,
        theirs: Side<'_>,
    ) -> Result<Figure> {
        let mut rounds = Vec::with_capacity(budget.rounds);
        let start = Instant::now();
        while rounds.len() < budget.rounds
            && (rounds.len() < MIN_ROUNDS || start.elapsed() < budget.at_most)
        {
            // Who goes first has the caches and the clock of what went before, so they take turns in that too.
            let (our_time, their_time) = if rounds.len() % 2 == 0 {
                let our_time = ours(operations)?;
                (our_time, theirs(operations)?)
            } else {
                let their_time = theirs(operations)?;
                (ours(operations)?, their_time)
            };
            rounds.push((our_time.as_secs_f64(), their_time.as_secs_f64()));
        }
        let each = |pick: fn(&(f64, f64)) -> f64| Sorted::new(rounds.iter().map(pick).collect());
        let ratios = each(|(ours, theirs)| theirs / ours);
        #[allow(clippy::cast_precision_loss, reason = "far fewer than 2^52 operations")]
        let nanos = 1e9 / (operations * self.batch) as f64;
        Ok(Figure {
            contest: self,
            nanos: Some((
                each(|round| round.0).at(0.5) * nanos,
                each(|round| round.1).at(0.5) * nanos,
            )),
            ratio: ratios.at(0.5),
            quartiles: (ratios.at(0.25), ratios.at(0.75)),
        })
    }
}

/// The figure that stands for several: the lowest of them.
pub fn lowest(name: &str, figures: &[Figure]) -> Option<Figure> {
    let lowest = figures.iter().min_by(|a, b| a.ratio.total_cmp(&b.ratio))?;
    let contest = Contest {
        name: name.to_owned(),
        ..lowest.contest.clone()
    };
    Some(Figure {
        contest,
        nanos: None,
        ..lowest.clone()
    })
}

/// Times `work` done `operations` times, in the time of this thread: what other processes take of the cores between does
/// not count, so it is for work that never waits.
///
/// # Errors
/// What `work` returns.
pub fn repeat(operations: u64, mut work: impl FnMut() -> Result<()>) -> Result<Duration> {
    let start = thread_time()?;
    for _ in 0..operations {
        work()?;
    }
    Ok(thread_time()?.saturating_sub(start))
}

fn thread_time() -> Result<Duration> {
    Ok(Duration::try_from(clock_gettime(ClockId::ThreadCPUTime))?)
}

/// The operations that fill a slice, found by doubling; it also warms the side up. They must fill it twice, because
/// another process may take the core for as long.
fn calibrate(budget: &Budget, side: Side<'_>) -> Result<u64> {
    let enough = budget.slice / 2;
    let mut operations = 1;
    while operations < 1 << 40 && (side(operations)? < enough || side(operations)? < enough) {
        operations *= 2;
    }
    Ok(operations)
}

struct Sorted(Vec<f64>);

impl Sorted {
    fn new(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        Self(values)
    }

    /// The value at a part of the way from the lowest to the highest.
    fn at(&self, part: f64) -> f64 {
        #[allow(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "an index into a few dozen rounds"
        )]
        let index = (part * self.0.len().saturating_sub(1) as f64).round() as usize;
        self.0.get(index).copied().unwrap_or(f64::NAN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUDGET: Budget = Budget {
        rounds: 9,
        slice: Duration::from_millis(1),
        at_most: Duration::from_mins(1),
    };

    #[test]
    fn the_ratio_is_theirs_by_ours_in_the_middle() {
        let mut calls = 0;
        let mut ours = |operations: u64| Ok(Duration::from_micros(operations));
        let mut theirs = |operations: u64| {
            calls += 1;
            // One round is disturbed; eleven calls calibrate.
            Ok(Duration::from_micros(
                operations * if calls == 14 { 100 } else { 2 },
            ))
        };
        let figure = Contest::new("a/b", "itself", 1.0)
            .hold(&BUDGET, &mut ours, &mut theirs)
            .unwrap();
        assert!((figure.ratio - 2.0).abs() < 1e-9, "{figure:?}");
        assert_eq!(figure.nanos.map(|(ours, _)| ours.round()), Some(1_000.0));
    }

    #[test]
    fn a_batch_divides_the_time_and_leaves_the_ratio() {
        let mut side = |operations: u64| Ok(Duration::from_micros(50 * operations));
        let mut same = side;
        let contest = Contest::new("a/b", "itself", 1.0).in_batches_of(50);
        let figure = contest.hold(&BUDGET, &mut side, &mut same).unwrap();
        assert_eq!(figure.nanos.map(|(ours, _)| ours.round()), Some(1_000.0));
        assert!((figure.ratio - 1.0).abs() < 1e-9, "{figure:?}");
    }

    #[test]
    fn slow_sides_get_seven_rounds_at_the_least() {
        let budget = Budget {
            at_most: Duration::ZERO,
            ..BUDGET
        };
        let mut rounds = 0;
        let mut ours = |_| {
            rounds += 1;
            Ok(Duration::from_secs(1))
        };
        let mut theirs = |_| Ok(Duration::from_secs(2));
        Contest::new("a/b", "itself", 1.0)
            .hold(&budget, &mut ours, &mut theirs)
            .unwrap();
        assert_eq!(rounds, 2 + MIN_ROUNDS);
    }
}
