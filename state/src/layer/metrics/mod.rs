//! Measures what goes through: for Prometheus, and as numbers for the program itself.
//!
//! A metric counts requests to the backend, under the name of the store's operation that they belong to: an `update` is two
//! at the least. All numbers stand in atomics of one fixed table, which is read when it is asked for; an operation
//! takes no lock and allocates nothing.

mod backend;
mod compressed;
mod families;
mod histogram;
mod observe;
mod options;
mod record;
mod slot;
mod statistics;
mod told;

pub use self::backend::Metrics;
pub(crate) use self::compressed::Compressed;
pub(crate) use self::observe::register_numbers;
pub use self::observe::register_observed;
pub use self::options::MetricsLayer;
#[cfg(feature = "any")]
pub(crate) use self::record::Record;
pub use self::statistics::{Latency, OperationStatistics, Statistics};
