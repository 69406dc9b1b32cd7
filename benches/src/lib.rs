//! What the benches share: the comparison with peers (`ratios`), and the data that all of them use.

pub mod data;
pub mod groups;
pub mod harness;
pub mod load;
pub mod ratios;
pub mod table;
pub mod threads;
mod work;
pub mod workers;

/// What stops a bench.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// The result of a step of a bench.
pub type Result<T, E = Error> = std::result::Result<T, E>;
