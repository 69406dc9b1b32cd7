//! State under one key that is more than one value.
//!
//! A key type names what stands under it: `value = Order` is a single value, read and written with
//! [`Store::get`](crate::Store::get) and [`Store::put`](crate::Store::put); `value = Counter` is a
//! [counter](crate::Counter); [`Map`], [`List`] and [`Aggregated`] stand here. All of a key's state lies in the
//! key's partition.

mod aggregate;
mod aggregates;
mod list;
mod list_key;
mod map;
mod map_key;

pub use self::aggregate::{Aggregate, AggregateHandle, Aggregated, IsAggregate, Merge};
pub use self::aggregates::{
    Average, Count, Counted, FloatSum, Highest, Lowest, Max, Mean, Min, QuantileSketch, Quantiles,
    Spread, Sum, SumOfI64, SumOfU64, Summand, Top, TopK, Variance,
};
#[cfg(feature = "distinct")]
pub use self::aggregates::{Distinct, DistinctSketch};
pub use self::list::{IsList, List, ListHandle, ListItems};
pub use self::list_key::ListKey;
pub use self::map::{IsMap, Map, MapEntries, MapFields, MapHandle};
pub use self::map_key::{MapEntry, MapKey};
