//! The search of Wing and Gong ("Testing and Verifying Concurrent Objects", 1993) with the memory of Lowe
//! ("Testing for Linearizability", 2017): take, of the operations that no untaken one precedes, one whose
//! answer fits; where none fits, go back; and never look twice at the same set of taken operations with
//! the same state.

use std::collections::HashSet;
use std::mem;

use smallvec::{SmallVec, smallvec};

use super::call::State;
use super::history::Operation;

/// Whether some order of the operations explains all answers.
pub(super) fn is_linearizable(history: &[Operation]) -> bool {
    let mut state = State::default();
    let mut taken = Taken::none_of(history.len());
    let mut seen = HashSet::new();
    // What was taken, in order, each with the state before.
    let mut path: Vec<(usize, State)> = Vec::new();
    let mut from = 0;
    // Those whose answer was lost need not be taken.
    while let Some(horizon) = earliest_answer(history, &taken) {
        let next = history
            .iter()
            .enumerate()
            .skip(from)
            .find_map(|(index, operation)| {
                if taken.contains(index) || operation.asked >= horizon {
                    return None;
                }
                let after = step(operation, &state)?;
                let unseen = seen.insert((taken.with(index), after));
                unseen.then_some((index, after))
            });
        if let Some((index, after)) = next {
            taken.flip(index);
            path.push((index, mem::replace(&mut state, after)));
            from = 0;
        } else if let Some((index, before)) = path.pop() {
            taken.flip(index);
            state = before;
            from = index + 1;
        } else {
            return false;
        }
    }
    true
}

/// When the first of the operations that are not taken was answered: nothing that was asked later may be
/// taken before it. `None` where all that were answered are taken.
fn earliest_answer(history: &[Operation], taken: &Taken) -> Option<u64> {
    let waiting = history
        .iter()
        .enumerate()
        .filter(|(index, _)| !taken.contains(*index));
    waiting
        .filter_map(|(_, operation)| operation.answered)
        .min()
}

/// The state after the operation, where its answer fits.
fn step(operation: &Operation, state: &State) -> Option<State> {
    let (answer, after) = operation.call.run(state);
    let fits = operation
        .answer
        .as_ref()
        .is_none_or(|given| *given == answer);
    fits.then_some(after)
}

/// A set of operations.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Taken(SmallVec<[u64; 2]>);

impl Taken {
    fn none_of(count: usize) -> Self {
        Self(smallvec![0; count.div_ceil(64)])
    }

    fn contains(&self, index: usize) -> bool {
        self.0
            .get(index / 64)
            .is_some_and(|word| word & (1 << (index % 64)) != 0)
    }

    /// Puts in what is out, takes out what is in.
    fn flip(&mut self, index: usize) {
        if let Some(word) = self.0.get_mut(index / 64) {
            *word ^= 1 << (index % 64);
        }
    }

    fn with(&self, index: usize) -> Self {
        let mut with = self.clone();
        with.flip(index);
        with
    }
}
