//! A master, two replicas, and three sentinels that watch them.

mod failover;
mod options;
mod ready;
mod set;

pub use self::options::SentinelOptions;
pub use self::set::SentinelSet;

/// The name that the sentinels know the master by.
const SERVICE: &str = "main";
