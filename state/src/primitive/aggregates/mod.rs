//! Aggregates that are ready to use.
//!
//! Their states are stored as bytes of their own, which no feature changes and which later versions read. What they say
//! does not depend on the order of the inputs, nor on which of them were merged with which; of sums of floats not but for rounding.

mod count;
#[cfg(feature = "distinct")]
mod distinct;
mod extremes;
mod float_sum;
mod mean;
mod quantiles;
mod stored;
mod sum;
mod top;
mod variance;

pub use self::count::{Count, Counted};
#[cfg(feature = "distinct")]
pub use self::distinct::{Distinct, DistinctSketch};
pub use self::extremes::{Highest, Lowest, Max, Min};
pub use self::float_sum::FloatSum;
pub use self::mean::{Average, Mean};
pub use self::quantiles::{QuantileSketch, Quantiles};
pub use self::sum::{Sum, SumOfI64, SumOfU64, Summand};
pub use self::top::{Top, TopK};
pub use self::variance::{Spread, Variance};
