//! A cluster of three masters and a replica for each.

mod failover;
mod form;
mod nodes;
mod slots;
mod view;

pub use self::nodes::RedisCluster;
