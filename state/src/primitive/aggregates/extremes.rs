use std::marker::PhantomData;

use super::stored::{Stored, compare, copy, read_fields, state_value, write_fields};
use crate::key::KeyField;
use crate::primitive::{Aggregate, Merge};

macro_rules! extremes {
    ($($aggregate:ident, $state:ident, $wins:ident, $which:literal, $name:literal;)*) => {$(
        #[doc = concat!("The ", $which, " of the inputs.")]
        ///
        /// They are fields of keys, which have an order and bytes: numbers ([`TotalF64`](crate::TotalF64) for floats), texts, times,
        /// tuples of these. The stored name does not tell which type they are of: another type needs another key or
        /// other windows.
        #[derive(Debug)]
        pub struct $aggregate<T>(PhantomData<fn() -> T>);

        #[doc = concat!("The state of [`", stringify!($aggregate), "`], and what it says: the ", $which, " of the inputs, where there were any.")]
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub struct $state<T>(pub Option<T>);

        impl<T: KeyField> $state<T> {
            fn consider(&mut self, input: &T) {
                if self.0.as_ref().is_none_or(|best| compare(input, best).$wins()) {
                    self.0 = Some(copy(input));
                }
            }
        }

        impl<T: KeyField> Aggregate for $aggregate<T> {
            type Input = T;
            type Accumulator = $state<T>;
            type Output = $state<T>;

            fn empty() -> $state<T> {
                $state(None)
            }

            fn add(best: &mut $state<T>, input: &T) {
                best.consider(input);
            }

            fn output(best: &$state<T>) -> $state<T> {
                $state(best.0.as_ref().map(copy))
            }
        }

        impl<T: KeyField> Merge for $aggregate<T> {
            fn merge(best: &mut $state<T>, other: &$state<T>) {
                if let Some(other) = &other.0 {
                    best.consider(other);
                }
            }
        }

        impl<T: KeyField> Stored for $state<T> {
            fn write(&self, out: &mut Vec<u8>) {
                write_fields(&self.0, out);
            }

            fn read(payload: &[u8]) -> Option<Self> {
                let mut fields = read_fields(payload)?;
                let best = fields.pop();
                fields.is_empty().then_some(Self(best))
            }
        }

        state_value!(impl [T: KeyField] $state<T>, $name);
    )*};
}

extremes! {
    Min, Lowest, is_lt, "lowest", "typed-state.min";
    Max, Highest, is_gt, "highest", "typed-state.max";
}
