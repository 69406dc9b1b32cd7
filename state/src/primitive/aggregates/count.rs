use std::marker::PhantomData;

use super::stored::{Stored, state_value};
use crate::primitive::{Aggregate, Merge};

/// How many inputs there were.
#[derive(Debug)]
pub struct Count<T>(PhantomData<fn() -> T>);

/// The state of [`Count`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counted(pub u64);

impl<T: 'static> Aggregate for Count<T> {
    type Input = T;
    type Accumulator = Counted;
    type Output = u64;

    fn empty() -> Counted {
        Counted(0)
    }

    fn add(count: &mut Counted, _: &T) {
        count.0 = count.0.saturating_add(1);
    }

    fn output(count: &Counted) -> u64 {
        count.0
    }
}

impl<T: 'static> Merge for Count<T> {
    fn merge(count: &mut Counted, other: &Counted) {
        count.0 = count.0.saturating_add(other.0);
    }
}

impl Stored for Counted {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.0.to_be_bytes());
    }

    fn read(payload: &[u8]) -> Option<Self> {
        payload.try_into().ok().map(u64::from_be_bytes).map(Self)
    }
}

state_value!(Counted, "typed-state.count");
