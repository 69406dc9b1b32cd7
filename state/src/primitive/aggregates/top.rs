use std::fmt;
use std::marker::PhantomData;

use super::stored::{Stored, compare, copy, read_fields, state_value, write_fields};
use crate::key::KeyField;
use crate::primitive::{Aggregate, Merge};

/// The `N` highest of the inputs.
///
/// They are fields of keys, as those of [`Max`](super::Max); a tuple `(score, name)` has the names with the highest scores,
/// and [`Desc`](crate::Desc) the lowest. Equal inputs count as often as they come. `N` may change: what was stored with a larger one is
/// cut, what was stored with a smaller one has no more until more comes.
#[derive(Debug)]
pub struct TopK<T, const N: usize>(PhantomData<fn() -> T>);

/// The state of [`TopK`], and what it says: at most `N` inputs, the highest first.
#[derive(Clone, PartialEq, Eq)]
pub struct Top<T, const N: usize>(Vec<T>);

impl<T, const N: usize> Top<T, N> {
    /// The highest inputs, from the highest down.
    pub fn as_slice(&self) -> &[T] {
        &self.0
    }

    /// The same, owned.
    pub fn into_vec(self) -> Vec<T> {
        self.0
    }
}

impl<T: KeyField, const N: usize> Top<T, N> {
    fn consider(&mut self, input: &T) {
        let place = self.0.partition_point(|kept| compare(kept, input).is_ge());
        if place < N {
            self.0.insert(place, copy(input));
            self.0.truncate(N);
        }
    }
}

impl<T: KeyField, const N: usize> Aggregate for TopK<T, N> {
    type Input = T;
    type Accumulator = Top<T, N>;
    type Output = Top<T, N>;

    fn empty() -> Top<T, N> {
        const { assert!(N > 0, "the top 0 of anything is nothing") };
        Top(Vec::new())
    }

    fn add(top: &mut Top<T, N>, input: &T) {
        top.consider(input);
    }

    fn output(top: &Top<T, N>) -> Top<T, N> {
        Top(top.0.iter().map(copy).collect())
    }
}

impl<T: KeyField, const N: usize> Merge for TopK<T, N> {
    fn merge(top: &mut Top<T, N>, other: &Top<T, N>) {
        other.0.iter().for_each(|input| top.consider(input));
    }
}

impl<T: KeyField, const N: usize> Stored for Top<T, N> {
    fn write(&self, out: &mut Vec<u8>) {
        write_fields(&self.0, out);
    }

    fn read(payload: &[u8]) -> Option<Self> {
        let mut kept: Vec<T> = read_fields(payload)?;
        if !kept.is_sorted_by(|a, b| compare(a, b).is_ge()) {
            return None;
        }
        kept.truncate(N);
        Some(Self(kept))
    }
}

state_value!(impl [T: KeyField, const N: usize] Top<T, N>, "typed-state.top");

impl<T: fmt::Debug, const N: usize> fmt::Debug for Top<T, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.0).finish()
    }
}
