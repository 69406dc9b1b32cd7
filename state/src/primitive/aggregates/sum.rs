use std::marker::PhantomData;

use super::float_sum::FloatSum;
use super::stored::{Stored, state_value};
use crate::primitive::{Aggregate, Merge};
use crate::value::StateValue;

/// The sum of the inputs: `i64`, `u64` or `f64`.
///
/// Of integers it is exact: it has 128 bits, which 2^64 inputs do not fill. Of floats it is compensated
/// ([`FloatSum`]).
#[derive(Debug)]
pub struct Sum<T>(PhantomData<fn() -> T>);

/// What [`Sum`] adds up.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not summed up",
    label = "not `i64`, `u64` or `f64`",
    note = "convert the inputs to one of these, or implement `Aggregate` for a type of your own"
)]
pub trait Summand: sealed::Sealed + Copy + 'static {
    /// The state.
    type State: StateValue + Default;
    /// The sum.
    type Total: StateValue;

    #[doc(hidden)]
    fn add(state: &mut Self::State, input: Self);
    #[doc(hidden)]
    fn merge(state: &mut Self::State, other: &Self::State);
    #[doc(hidden)]
    fn total(state: &Self::State) -> Self::Total;
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for i64 {}
    impl Sealed for u64 {}
    impl Sealed for f64 {}
}

impl<T: Summand> Aggregate for Sum<T> {
    type Input = T;
    type Accumulator = T::State;
    type Output = T::Total;

    fn empty() -> T::State {
        T::State::default()
    }

    fn add(state: &mut T::State, input: &T) {
        T::add(state, *input);
    }

    fn output(state: &T::State) -> T::Total {
        T::total(state)
    }
}

impl<T: Summand> Merge for Sum<T> {
    fn merge(state: &mut T::State, other: &T::State) {
        T::merge(state, other);
    }
}

macro_rules! integers {
    ($($integer:ident, $wide:ident, $state:ident, $name:literal;)*) => {$(
        #[doc = concat!("The state of [`Sum`] of `", stringify!($integer), "`.")]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
        pub struct $state(pub $wide);

        impl Summand for $integer {
            type State = $state;
            type Total = $wide;

            fn add(state: &mut $state, input: Self) {
                state.0 = state.0.saturating_add(input.into());
            }

            fn merge(state: &mut $state, other: &$state) {
                state.0 = state.0.saturating_add(other.0);
            }

            fn total(state: &$state) -> $wide {
                state.0
            }
        }

        impl Stored for $state {
            fn write(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.0.to_be_bytes());
            }

            fn read(payload: &[u8]) -> Option<Self> {
                payload.try_into().ok().map($wide::from_be_bytes).map(Self)
            }
        }

        state_value!($state, $name);
    )*};
}

integers! {
    i64, i128, SumOfI64, "typed-state.sum-i64";
    u64, u128, SumOfU64, "typed-state.sum-u64";
}

impl Summand for f64 {
    type State = FloatSum;
    type Total = Self;

    fn add(state: &mut FloatSum, input: Self) {
        state.add(input);
    }

    fn merge(state: &mut FloatSum, other: &FloatSum) {
        state.merge(other);
    }

    fn total(state: &FloatSum) -> Self {
        state.total()
    }
}
