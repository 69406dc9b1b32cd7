use std::sync::atomic::{AtomicU64, Ordering};

use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

use crate::data::KEYS;

/// Every draw begins with a number of its own, the same in every run.
static SEED: AtomicU64 = AtomicU64::new(1);

/// Which entries a task works on, one after the other.
#[derive(Debug)]
pub(crate) struct Draw {
    first: usize,
    every: usize,
    /// None goes through them in turn.
    rng: Option<SmallRng>,
    next: usize,
}

impl Draw {
    /// Any of all, at random.
    pub(crate) fn any() -> Self {
        Self::any_of(0, 1)
    }

    /// Any of those that belong to a task, at random: those of two tasks are different ones.
    pub(crate) fn any_of(task: usize, tasks: usize) -> Self {
        let seed = SEED.fetch_add(1, Ordering::Relaxed);
        Self {
            rng: Some(SmallRng::seed_from_u64(seed)),
            ..Self::in_turn(task, tasks)
        }
    }

    /// Those that belong to a task, in turn.
    pub(crate) fn in_turn(task: usize, tasks: usize) -> Self {
        Self {
            first: task,
            every: tasks,
            rng: None,
            next: 0,
        }
    }

    pub(crate) fn next(&mut self) -> usize {
        let own = (KEYS - self.first).div_ceil(self.every);
        let turn = match &mut self.rng {
            Some(rng) => rng.random_range(0..own),
            None => self.next % own,
        };
        self.next += 1;
        self.first + turn * self.every
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::Draw;
    use crate::data::KEYS;

    #[test]
    fn the_tasks_draw_different_entries_and_together_all() {
        let mut all = BTreeSet::new();
        for task in 0..64 {
            let (mut turns, mut any) = (Draw::in_turn(task, 64), Draw::any_of(task, 64));
            for _ in 0..KEYS.div_ceil(64) {
                all.insert(turns.next());
                let drawn = any.next();
                assert!(drawn < KEYS && drawn % 64 == task);
            }
        }
        assert_eq!(all.len(), KEYS);
    }
}
